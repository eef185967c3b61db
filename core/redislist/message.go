package redislist

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"simplest_script/core"
)

// returned is the head of a batch of messages that came back. Any other head is
// what the ids of its messages begin with.
const returned = "="

// errForeign is for what no script has written.
var errForeign = errors.New("something else writes to the lists beside this one, and what it wrote must be removed")

// tasks completes the messages of a batch, whose payloads are as they are stored,
// and numbers them from first. It allocates per batch, not per message.
func tasks(head string, messages []core.Task, first int64) ([]*core.Task, error) {
	list := make([]*core.Task, len(messages))
	for i := range messages {
		t := &messages[i]
		t.Offset = first + int64(i)
		list[i] = t
	}
	if head != returned {
		name(head, messages)
		return list, nil
	}
	for i, t := range list {
		if !parse(t) {
			return nil, fmt.Errorf("message %d of a batch does not begin with its attempt and id: %w", i, errForeign)
		}
	}
	return list, nil
}

// name gives ids to messages that come for the first time. All ids are parts of one
// text.
func name(head string, messages []core.Task) {
	var text strings.Builder
	text.Grow(len(messages) * (len(head) + len("-") + len(strconv.Itoa(len(messages)))))
	var digits [20]byte
	for i := range messages {
		begin := text.Len()
		text.WriteString(head)
		text.WriteByte('-')
		text.Write(strconv.AppendInt(digits[:0], int64(i), 10))
		messages[i].ID, messages[i].Attempt = text.String()[begin:], 1
	}
}

// parse reads "attempt id payload" from the payload of a message that came back.
func parse(t *core.Task) bool {
	attempt, rest, _ := bytes.Cut(t.Payload, []byte{' '})
	id, payload, ok := bytes.Cut(rest, []byte{' '})
	n, err := strconv.Atoi(string(attempt))
	t.Attempt, t.ID, t.Payload = n, string(id), payload
	return ok && err == nil && n > 0
}
