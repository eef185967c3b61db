package redislist

import (
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

// part is a stored message taken apart.
type part struct {
	attempt     int
	id, payload string
}

// tasks reads the messages of a batch, which are stored the newest first, and
// returns them the oldest first, numbered from first. It allocates per batch, not
// per message: the tasks are one array, and all ids and payloads are copied into
// two more.
func tasks(head string, stored []any, first int64) ([]*core.Task, error) {
	parts, err := split(head, stored)
	if err != nil {
		return nil, err
	}
	idBytes, payloadBytes := 0, 0
	for _, p := range parts {
		idBytes += len(p.id)
		payloadBytes += len(p.payload)
	}
	if head != returned {
		idBytes = len(parts) * (len(head) + len("-") + len(strconv.Itoa(len(parts))))
	}
	ids, payloads := make([]byte, 0, idBytes), make([]byte, 0, payloadBytes)
	ends := make([]int, len(parts))
	slab := make([]core.Task, len(parts))
	list := make([]*core.Task, len(parts))
	for i, p := range parts {
		if head == returned {
			ids = append(ids, p.id...)
		} else {
			ids = append(append(ids, head...), '-')
			ids = strconv.AppendInt(ids, int64(i), 10)
		}
		ends[i] = len(ids)
		begin := len(payloads)
		payloads = append(payloads, p.payload...)
		t := &slab[i]
		t.Payload = payloads[begin:len(payloads):len(payloads)]
		t.Attempt, t.Offset = p.attempt, first+int64(i)
		list[i] = t
	}
	begin, text := 0, string(ids)
	for i, end := range ends {
		slab[i].ID = text[begin:end]
		begin = end
	}
	return list, nil
}

// split returns the messages of a batch, the oldest first. Those that did not come
// back have no id yet.
func split(head string, stored []any) ([]part, error) {
	parts := make([]part, len(stored))
	for i, s := range stored {
		place := len(stored) - 1 - i
		text, ok := s.(string)
		if !ok {
			return nil, fmt.Errorf("message %d of a batch is a %T, not a string", place, s)
		}
		p := part{attempt: 1, payload: text}
		if head == returned {
			if p, ok = parse(text); !ok {
				return nil, fmt.Errorf("message %d of a batch does not begin with its attempt and id: %w", place, errForeign)
			}
		}
		parts[place] = p
	}
	return parts, nil
}

// parse reads "attempt id payload".
func parse(text string) (p part, ok bool) {
	attempt, rest, _ := strings.Cut(text, " ")
	p.id, p.payload, ok = strings.Cut(rest, " ")
	var err error
	p.attempt, err = strconv.Atoi(attempt)
	return p, ok && err == nil && p.attempt > 0
}
