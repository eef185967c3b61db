package redislist

import (
	"fmt"
	"strconv"
	"strings"

	"simplest_script/core"
)

// tasks reads stored messages, "attempt id payload". It allocates per batch, not
// per message: the tasks are one array, and all ids and payloads are copied into
// two more. Places that were dead-lettered are nil.
func tasks(stored []any, first int64) ([]*core.Task, error) {
	parts, idBytes, payloadBytes, err := split(stored)
	if err != nil {
		return nil, err
	}
	var ids strings.Builder
	ids.Grow(idBytes)
	payloads := make([]byte, 0, payloadBytes)
	slab := make([]core.Task, len(parts))
	list := make([]*core.Task, len(parts))
	for i, p := range parts {
		if p.attempt == 0 {
			continue
		}
		ids.WriteString(p.id)
		begin := len(payloads)
		payloads = append(payloads, p.payload...)
		t := &slab[i]
		t.ID = ids.String()[ids.Len()-len(p.id):]
		t.Payload = payloads[begin:len(payloads):len(payloads)]
		t.Attempt, t.Offset = p.attempt, first+int64(i)
		list[i] = t
	}
	return list, nil
}

// part is a stored message taken apart. Its attempt is 0 where there is none.
type part struct {
	attempt     int
	id, payload string
}

func split(stored []any) (parts []part, ids, payloads int, err error) {
	parts = make([]part, len(stored))
	for i, s := range stored {
		text, ok := s.(string)
		if !ok {
			return nil, 0, 0, fmt.Errorf("message %d of a batch is a %T, not a string", i, s)
		}
		if text == "" {
			continue
		}
		attempt, rest, _ := strings.Cut(text, " ")
		p := &parts[i]
		if p.id, p.payload, ok = strings.Cut(rest, " "); ok {
			p.attempt, err = strconv.Atoi(attempt)
		}
		if !ok || err != nil || p.attempt < 1 {
			return nil, 0, 0, fmt.Errorf("message %d of a batch does not begin with its attempt and id: something else writes to the lists beside this one, and what it wrote must be removed", i)
		}
		ids += len(p.id)
		payloads += len(p.payload)
	}
	return parts, ids, payloads, nil
}
