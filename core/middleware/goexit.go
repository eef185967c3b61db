package middleware

import "errors"

// ErrGoexit stands for the error of a handler that did not return, because it ended
// its goroutine with runtime.Goexit. Nothing can keep a handler from that: whoever
// calls one makes this its outcome where the call did not come back.
var ErrGoexit = errors.New("the handler called runtime.Goexit")
