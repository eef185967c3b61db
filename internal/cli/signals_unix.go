//go:build unix

package cli

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipes keeps the daemon alive when whoever read its standard output
// has gone: the log in its files goes on.
func ignoreBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
