//go:build !unix

package crontab

// PeakMemory returns 0 where the system does not tell.
func PeakMemory() int64 { return 0 }
