//go:build unix

package crontab

import (
	"runtime"
	"syscall"
)

// PeakMemory returns the most memory that this process, or one that it started and
// waited for, had at a time, in kB.
func PeakMemory() int64 {
	var peak int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if syscall.Getrusage(who, &usage) == nil {
			peak = max(peak, usage.Maxrss)
		}
	}
	if runtime.GOOS == "darwin" {
		peak /= 1024 // bytes there
	}
	return peak
}
