package kafka

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// naive is the tracker by its definition: the offset to commit is the one after
// the last before which nothing is undone.
type naive struct {
	offsets []int64
	done    map[int64]bool
}

func (n *naive) next() (next int64) {
	for _, offset := range n.offsets {
		if !n.done[offset] {
			break
		}
		next = offset + 1
	}
	return next
}

func (n *naive) undone() (offsets []int64) {
	for _, offset := range n.offsets {
		if !n.done[offset] {
			offsets = append(offsets, offset)
		}
	}
	return offsets
}

// knownTo returns those of the offsets whose messages a tracker has.
func knownTo(kept *tracker, offsets []int64) (known []int64) {
	for _, offset := range offsets {
		if m := kept.message(offset); m != nil && m.Offset == offset {
			known = append(known, offset)
		}
	}
	return known
}

func TestTrackerMarksWhatIsDoneWithoutAGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var kept tracker
		model := naive{done: map[int64]bool{}}
		var marked, newest int64
		left := 0 // of the model's offsets, those whose commit is known
		finish := func(offsets []int64) {
			for _, offset := range offsets {
				kept.done(offset)
				model.done[offset] = true
			}
			if next, moved := kept.advance(); moved {
				require.Greater(t, next, marked, "it only moves forward")
				marked = next
			}
			require.Equal(t, model.next(), marked)
			require.Equal(t, model.undone(), knownTo(&kept, model.offsets))
			require.Equal(t, len(model.offsets)-left, kept.size, "what is not committed takes room")
		}
		t.Repeat(map[string]func(*rapid.T){
			"give out": func(t *rapid.T) {
				var messages []*sarama.ConsumerMessage
				for _, gap := range rapid.SliceOfN(rapid.Int64Range(1, 5), 1, 200).Draw(t, "gaps") {
					newest += gap
					messages = append(messages, &sarama.ConsumerMessage{Offset: newest})
					model.offsets = append(model.offsets, newest)
				}
				kept.add(messages)
			},
			"finish in any order": func(t *rapid.T) {
				undone := model.undone()
				if len(undone) == 0 {
					t.Skip("nothing is undone")
				}
				some := rapid.Permutation(undone).Draw(t, "order")
				finish(some[:rapid.IntRange(1, len(some)).Draw(t, "how many")])
			},
			"finish in order": func(t *rapid.T) {
				undone := model.undone()
				finish(undone[:rapid.IntRange(0, len(undone)).Draw(t, "how many")])
			},
			"finish what is not there": func(*rapid.T) {
				finish(nil)
				kept.done(newest + 1)
				if len(model.offsets) > 0 && model.done[model.offsets[0]] {
					kept.done(model.offsets[0])
				}
				finish(nil)
			},
			"commit": func(t *rapid.T) {
				offset := rapid.Int64Range(0, newest+1).Draw(t, "offset")
				before := left
				for left < len(model.offsets) && model.offsets[left] < min(offset, marked) {
					left++
				}
				require.Equal(t, left > before, kept.committed(offset))
				finish(nil)
			},
			"": func(t *rapid.T) {
				for _, offset := range model.undone() {
					require.NotNil(t, kept.message(offset))
				}
			},
		})
		finish(model.undone())
		if len(model.offsets) > 0 {
			require.Equal(t, newest+1, marked, "all done: the end")
			kept.committed(marked)
			require.Zero(t, kept.size)
		}
	})
}

func BenchmarkTracker(b *testing.B) {
	const slice = 1024
	messages := make([]*sarama.ConsumerMessage, slice)
	for i := range messages {
		messages[i] = &sarama.ConsumerMessage{}
	}
	var t tracker
	var offset int64
	for range b.N / slice {
		for _, m := range messages {
			offset++
			m.Offset = offset
		}
		t.add(messages)
		for _, m := range messages {
			t.done(m.Offset)
		}
		t.advance()
		t.committed(offset + 1)
	}
}
