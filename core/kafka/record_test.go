package kafka_test

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// record counts what arrived.
type record struct {
	t  testing.TB
	mu sync.Mutex
	// highest is the highest number that came, per partition. The first delivery of
	// a number must be the next one: none is left out, and none overtakes another.
	highest map[int32]int
	twice   int
	changed *sync.Cond
	wrong   []string
}

func newRecord(t testing.TB) *record {
	r := &record{t: t, highest: map[int32]int{}}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *record) add(t *core.Task) {
	number, err := strconv.Atoi(string(t.Payload))
	r.mu.Lock()
	defer r.mu.Unlock()
	switch expected := r.highest[t.Partition] + 1; {
	case err != nil || number > expected:
		r.wrong = append(r.wrong, "partition "+strconv.Itoa(int(t.Partition))+
			" brought "+string(t.Payload)+" where "+strconv.Itoa(expected)+" was next")
	case number < expected:
		r.twice++
	default:
		r.highest[t.Partition] = number
	}
	r.changed.Broadcast()
}

// waitFor waits until each of the partitions has brought the numbers 1 to n.
func (r *record) waitFor(partitions, n int) {
	r.t.Helper()
	late := time.AfterFunc(patience, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wrong = append(r.wrong, "nothing comes any more")
		r.changed.Broadcast()
	})
	defer late.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		require.Empty(r.t, r.wrong, "highest so far: %v", r.highest)
		complete := 0
		for p := range partitions {
			if r.highest[int32(p)] >= n {
				complete++
			}
		}
		if complete == partitions {
			return
		}
		r.changed.Wait()
	}
}

func (r *record) repeated() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.twice
}
