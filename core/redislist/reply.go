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
	gone, ok := texts(reply[0])
	stored, ok2 := texts(reply[2])
	head, ok3 := reply[1].(string)
	if !ok || !ok2 || !ok3 {
		return f, errReply
	}
	size := 0
	for _, s := range stored {
		size += len(s)
	}
	payloads := make([]byte, 0, size)
	messages := make([]core.Task, len(stored))
	for i, s := range stored {
		begin := len(payloads)
		payloads = append(payloads, s...)
		messages[len(stored)-1-i].Payload = payloads[begin:len(payloads):len(payloads)] // they are stored the newest first
	}
	return fetched{gone: gone, head: head, messages: messages}, nil
}

// texts returns the elements of an array of strings.
func texts(v any) ([]string, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	ts := make([]string, len(list))
	for i, e := range list {
		if ts[i], ok = e.(string); !ok {
			return nil, false
		}
	}
	return ts, true
}
