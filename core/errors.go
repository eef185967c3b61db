package core

import (
	"errors"
	"time"
)

// What a handler can say in an error, matched by errors.Is.
var (
	// ErrSkipRetry marks work that must not be tried again.
	ErrSkipRetry = errors.New("not to be retried")
)

// Why the context of a handler ended, read with context.Cause.
var (
	// ErrTimeout: the handler ran longer than its Timeout.
	ErrTimeout = errors.New("handler timeout")
	// ErrDrain: the daemon is stopping, and the time for running work is over.
	ErrDrain = errors.New("daemon is stopping")
	// ErrLeaseLost: this daemon was declared dead, or could not tell the database
	// that it lives; another daemon may do the same work now.
	ErrLeaseLost = errors.New("lease lost")
	// ErrCancelled: a person or a program cancelled the work.
	ErrCancelled = errors.New("cancelled")
)

// What a push can answer, matched by errors.Is.
var (
	// ErrUnknownOutcome: the connection broke while the push was being committed.
	// The jobs may or may not exist; only the caller can decide whether pushing
	// them again is right.
	ErrUnknownOutcome = errors.New("outcome unknown: the jobs may or may not have been stored")
	// ErrInvalidPush: a row was refused. Nothing of that call was stored.
	ErrInvalidPush = errors.New("push refused")
)

// RetryAfterError is the error of a handler that knows when another attempt makes
// sense, such as after an answer 429. It takes the place of the backoff; MaxAttempts
// still counts.
type RetryAfterError struct {
	Err   error
	After time.Duration
}

// RetryAfter returns err as a RetryAfterError.
func RetryAfter(err error, after time.Duration) error { return &RetryAfterError{err, after} }

// Error implements error.
func (e *RetryAfterError) Error() string { return e.Err.Error() }

// Unwrap returns the handler's own error.
func (e *RetryAfterError) Unwrap() error { return e.Err }
