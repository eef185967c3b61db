package redislist

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// DeadLetter is a message that was put aside. In the dead list it is one line of
// JSON, its head, and after the end of the line the payload as it was pushed.
type DeadLetter struct {
	ID      string    `json:"id"`
	Attempt int       `json:"attempt"` // the last one
	Reason  string    `json:"reason"`
	Time    time.Time `json:"time"`
	Payload []byte    `json:"-"`
}

// head returns the line that goes before the payload.
func (d DeadLetter) head() ([]byte, error) {
	line, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing the head of a dead letter: %w", err)
	}
	return append(line, '\n'), nil
}

// ParseDeadLetter reads an element of a dead list.
func ParseDeadLetter(element []byte) (DeadLetter, error) {
	line, payload, found := bytes.Cut(element, []byte{'\n'})
	if !found {
		return DeadLetter{}, errors.New("this is no dead letter: it has no line as its head")
	}
	var d DeadLetter
	if err := json.Unmarshal(line, &d); err != nil {
		return DeadLetter{}, fmt.Errorf("reading the head of a dead letter: %w", err)
	}
	d.Payload = payload
	return d, nil
}
