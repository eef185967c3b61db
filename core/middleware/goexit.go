package middleware

import (
	"errors"
	"fmt"
)

// ErrGoexit stands for the error of a handler that did not return, because it ended
// its goroutine with runtime.Goexit. Nothing can keep a handler from that: whoever
// calls one makes this its outcome where the call did not come back.
var ErrGoexit = errors.New("the handler called runtime.Goexit")

// Apart calls f in a goroutine of its own and waits for it. It is for what belongs to
// a handler and is called beside it, such as the methods of its errors and its
// Backoff: whether that returns must not decide about the goroutine of the caller.
//
// The error says that f panicked, and is ErrGoexit where f ended its goroutine.
func Apart(f func()) error {
	ended := make(chan error, 1)
	go func() {
		err := ErrGoexit
		defer func() { ended <- err }()
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("panic: %v", v) // here, since the value may be one whose methods do the same
			}
		}()
		f()
		err = nil
	}()
	return <-ended
}
