package logger

import (
	"os"
	"sync/atomic"

	"go.uber.org/zap"
)

// current is the Set that NewLogger speaks to: one per process, as for slog.
var current atomic.Pointer[Set]

// SetDefault makes s the Set that NewLogger and From speak to, also for loggers
// that were made earlier. nil takes it back: lines go to standard error again.
func SetDefault(s *Set) { current.Store(s) }

// NewLogger returns a logger that writes to the folder dir of the log, such as
// "testLog"; "" is the main log. A name that would leave the folder of the log
// is bent so that it stays inside. The logger needs no closing, and may be made
// before SetDefault: until then its lines go to standard error.
func NewLogger(dir string) *zap.Logger { return newLogger(nil, dir) }

// defaultSet returns what SetDefault was given, or a stand-in that is closed from
// the start and so writes to standard error.
func defaultSet() *Set {
	if s := current.Load(); s != nil {
		return s
	}
	standIn := newSet(Options{Err: os.Stderr})
	standIn.closed.Store(true)
	if current.CompareAndSwap(nil, standIn) {
		return standIn
	}
	return defaultSet()
}
