package kafka

import "github.com/IBM/sarama"

// tracker knows which messages of a partition have been given out and which of
// them are done, and from that the offset that may be committed. Offsets rise but
// have gaps (compaction, transactions), so it keeps what was delivered and does no
// arithmetic with them.
//
// It is a ring of entries in the order of offsets. Done marks an entry; the offset
// after the done entries at the front is the low watermark. They leave when it is
// committed: until then, they come again after a crash. Messages are mostly done in
// the order in which they were delivered, so a search begins at the entry behind the
// last one that was found.
type tracker struct {
	ring  []entry // its length is a power of two
	head  int     // index of the first entry
	size  int
	ahead int // entries at the front that are done
	guess int // position, counted from head, where the next search begins
}

type entry struct {
	offset  int64
	message *sarama.ConsumerMessage // nil once it is done
}

// add takes in messages that are given out now, after all that were before.
func (t *tracker) add(messages []*sarama.ConsumerMessage) {
	if need := t.size + len(messages); need > len(t.ring) {
		t.grow(need)
	}
	for _, m := range messages {
		*t.at(t.size) = entry{offset: m.Offset, message: m}
		t.size++
	}
}

func (t *tracker) grow(need int) {
	length := max(64, len(t.ring))
	for length < need {
		length *= 2
	}
	ring := make([]entry, length)
	for i := range t.size {
		ring[i] = *t.at(i)
	}
	t.ring, t.head = ring, 0
}

func (t *tracker) at(position int) *entry { return &t.ring[(t.head+position)&(len(t.ring)-1)] }

// find returns the position of an offset, and whether it is there.
func (t *tracker) find(offset int64) (int, bool) {
	if t.guess < t.size && t.at(t.guess).offset == offset {
		return t.guess, true
	}
	low, high := 0, t.size
	for low < high {
		if middle := (low + high) / 2; t.at(middle).offset < offset {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < t.size && t.at(low).offset == offset
}

// message returns the message of an offset that is given out and not done, or nil.
func (t *tracker) message(offset int64) *sarama.ConsumerMessage {
	if i, ok := t.find(offset); ok {
		return t.at(i).message
	}
	return nil
}

// done marks an offset. One that is not there, or done already, changes nothing.
func (t *tracker) done(offset int64) {
	if i, ok := t.find(offset); ok {
		t.at(i).message = nil
		t.guess = i + 1
	}
}

// advance moves the low watermark. It returns the offset to commit, and false where
// that has not moved.
func (t *tracker) advance() (next int64, moved bool) {
	before := t.ahead
	for t.ahead < t.size && t.at(t.ahead).message == nil {
		t.ahead++
	}
	if t.ahead == before {
		return 0, false
	}
	return t.watermark(), true
}

// watermark returns the offset after the done entries at the front, of which there
// must be one.
func (t *tracker) watermark() int64 { return t.at(t.ahead-1).offset + 1 }

// committed lets the done entries below an offset leave, and tells whether there
// were any. Those that are not done stay, whatever is committed.
func (t *tracker) committed(offset int64) bool {
	left := 0
	for left < t.ahead && t.at(left).offset < offset {
		left++
	}
	if left == 0 {
		return false
	}
	t.head = (t.head + left) & (len(t.ring) - 1)
	t.size -= left
	t.ahead -= left
	t.guess = max(t.guess-left, 0)
	return true
}
