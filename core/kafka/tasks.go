package kafka

import (
	"strconv"
	"strings"

	"github.com/IBM/sarama"

	"simplest_script/core"
)

// tasks turns messages of one partition into tasks. It allocates per slice, not
// per message: the tasks are one array, and their ids are pieces of one string.
func tasks(messages []*sarama.ConsumerMessage) []*core.Task {
	slab := make([]core.Task, len(messages))
	list := make([]*core.Task, len(messages))
	prefix := messages[0].Topic + "/" + strconv.Itoa(int(messages[0].Partition)) + "/"
	var ids strings.Builder
	ids.Grow(len(messages) * (len(prefix) + decimals(messages[len(messages)-1].Offset)))
	var digits [20]byte
	for i, m := range messages {
		ids.WriteString(prefix)
		ids.Write(strconv.AppendInt(digits[:0], m.Offset, 10))
		t := &slab[i]
		t.Payload, t.Key = m.Value, m.Key
		t.Topic, t.Partition, t.Offset = m.Topic, m.Partition, m.Offset
		t.Attempt = 1
		if len(m.Headers) > 0 {
			t.Headers = headers(m.Headers)
		}
		list[i] = t
	}
	cutIDs(slab, len(prefix), ids.String())
	return list
}

// cutIDs gives each task its piece of ids, which holds them one after the other.
func cutIDs(slab []core.Task, prefix int, ids string) {
	for i := range slab {
		length := prefix + decimals(slab[i].Offset)
		slab[i].ID, ids = ids[:length], ids[length:]
	}
}

// decimals returns how many digits n has, for n ≥ 0.
func decimals(n int64) int {
	digits := 1
	for ; n >= 10; n /= 10 {
		digits++
	}
	return digits
}

// headers returns what handlers see: text by name; of a name that comes twice, the last.
func headers(list []*sarama.RecordHeader) map[string]string {
	m := make(map[string]string, len(list))
	for _, h := range list {
		m[string(h.Key)] = string(h.Value)
	}
	return m
}
