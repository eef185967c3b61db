//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package app

import (
	"context"
	"os"
)

// holdCrash does nothing: the locks of Windows would keep the runtime from writing.
// It refuses to remove a file that is open, which is most of what the lock is for.
func holdCrash(context.Context, *os.File) error { return nil }

// takeCrash takes any file. That of a living process cannot be removed; when that one
// dies without a word, the next daemon may remove its file before it was read.
func takeCrash(string) (release func() error, err error) {
	return func() error { return nil }, nil
}
