package redislist

import (
	"errors"

	"simplest_script/core"
)

// fetched is the reply of the fetch script.
type fetched struct {
	gone []string // batches that were not there to be acknowledged
	head string
	// messages have their Payload as it is stored, and nothing else yet; the oldest
	// is the first.
	messages []core.Task
}

// errReply is for what the fetch script never answers.
var errReply = errors.New("the fetch script answered something else than names, a head and messages")

// readFetched takes a reply apart. All payloads are parts of one array, so that a
// message that is kept keeps its whole batch, and nothing is allocated per message.
func readFetched(reply []any) (f fetched, _ error) {
	if len(reply) != 3 {
		return f, errReply
	}
	gone, _, ok := texts(reply[0])
	head, ok2 := reply[1].(string)
	stored, size, ok3 := texts(reply[2])
	if !ok || !ok2 || !ok3 {
		return f, errReply
	}
	f.head = head
	for _, name := range gone {
		f.gone = append(f.gone, name.(string))
	}
	payloads := make([]byte, 0, size)
	f.messages = make([]core.Task, len(stored))
	for i, text := range stored {
		begin := len(payloads)
		payloads = append(payloads, text.(string)...)
		f.messages[len(stored)-1-i].Payload = payloads[begin:len(payloads):len(payloads)] // they are stored the newest first
	}
	return f, nil
}

// texts returns an array of which all elements are strings, and their bytes together.
func texts(v any) (list []any, size int, ok bool) {
	if list, ok = v.([]any); !ok {
		return nil, 0, false
	}
	for _, e := range list {
		text, ok := e.(string)
		if !ok {
			return nil, 0, false
		}
		size += len(text)
	}
	return list, size, true
}
