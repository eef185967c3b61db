package app

import (
	"errors"
	"fmt"
)

// stopStack is what has to be closed, in the order in which it was made.
type stopStack []stop

type stop struct {
	name string
	fn   func() error
}

// onStop remembers how something that was just made is closed again.
func (s *stopStack) onStop(name string, fn func() error) { *s = append(*s, stop{name, fn}) }

// unwind closes everything, the last first, also after failures.
func (s *stopStack) unwind() error {
	var problems []error
	for i := len(*s) - 1; i >= 0; i-- {
		if err := (*s)[i].fn(); err != nil {
			problems = append(problems, fmt.Errorf("closing %s: %w", (*s)[i].name, err))
		}
	}
	*s = nil
	return errors.Join(problems...)
}
