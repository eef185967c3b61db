// Package goexit has an error that ends the goroutine of whoever reads it, as a handler
// may return one.
package goexit

import "runtime"

// Error ends the goroutine in the method of this name: "Error", "Is", "As" or "Unwrap".
// Its other methods answer as those of an ordinary error.
type Error struct{ In string }

// Methods are those that it may end the goroutine in.
func Methods() []string { return []string{"Error", "Is", "As", "Unwrap"} }

func (e Error) Error() string {
	e.called("Error")
	return "no"
}

// Is tells that it is no other error.
func (e Error) Is(error) bool {
	e.called("Is")
	return false
}

// As tells that it can stand for no other error.
func (e Error) As(any) bool {
	e.called("As")
	return false
}

// Unwrap tells that it wraps none.
func (e Error) Unwrap() error {
	e.called("Unwrap")
	return nil
}

func (e Error) called(method string) {
	if e.In == method {
		runtime.Goexit()
	}
}
