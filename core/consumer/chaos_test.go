package consumer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
)

// chaos is what a message does to its handler, by its id.
type chaos struct {
	takes    time.Duration
	failures int // attempts that fail
	hopeless bool
}

func (c chaos) handle(t *core.Task) error {
	if c.takes > 0 {
		<-time.After(c.takes)
	}
	switch {
	case c.hopeless:
		return core.ErrSkipRetry
	case t.Attempt <= c.failures:
		return errBroken
	}
	return nil
}

// Lanes come and go, entries are edited, handlers are quick, slow and broken: each
// message is done exactly once, in the order that was asked for, since every handler
// may end.
func TestNothingIsLostDoubledOrReorderedWhateverHappens(t *testing.T) {
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			bubble(t, func(w *world) { mess(w, rand.New(rand.NewPCG(seed, 0))) })
		})
	}
}

func mess(w *world, r *rand.Rand) {
	order := []consumer.Order{consumer.ByPartition, consumer.ByKey, consumer.Unordered}[r.IntN(3)]
	m := &memory{again: make(chan struct{})}
	w.sources["work"] = m
	effects := map[string]chaos{}
	var sent [][]string // of each lane
	keys := 1 + r.IntN(200)
	for lane := range 1 + r.IntN(4) {
		l := newList(fmt.Sprint("lane", lane), r.IntN(4000))
		for _, t := range l.waiting {
			if key := r.IntN(keys); key > 0 { // else without a key
				t.Key = []byte(l.name + "-" + strconv.Itoa(key))
			}
			var c chaos
			switch r.IntN(100) {
			case 0:
				c.takes = time.Duration(r.IntN(2000)) * time.Millisecond
			case 1, 2, 3:
				c.takes = time.Duration(r.IntN(30)) * time.Millisecond
			case 4:
				c.failures = 1 + r.IntN(4)
			case 5:
				c.hopeless = r.IntN(4) == 0
			}
			effects[t.ID] = c
		}
		m.lists = append(m.lists, l)
		sent = append(sent, l.ids(len(l.waiting)))
	}
	batch := r.IntN(4) == 0
	if batch {
		w.reg.AddBatch("work", core.BatchHandlerFunc(func(_ context.Context, ts []*core.Task) []error {
			errs := make([]error, len(ts))
			for i, t := range ts {
				errs[i] = effects[t.ID].handle(t)
			}
			return errs
		}))
	} else {
		w.handle("work", func(_ context.Context, t *core.Task) error { return effects[t.ID].handle(t) })
	}
	e := entry("work", 1+r.IntN(8))
	e.Order = string(order)
	w.start(e)
	for range r.IntN(8) {
		time.Sleep(time.Duration(r.IntN(5000)) * time.Millisecond)
		if r.IntN(3) > 0 {
			m.again <- struct{}{}
			continue
		}
		e.Progress = 1 + r.IntN(8)
		e.MaxProgress = e.Progress
		w.engine.Apply([]conf.QueueEntry{e})
	}
	time.Sleep(5 * time.Hour)
	synctest.Wait()
	for i, l := range m.lists {
		sorted := slices.SortedFunc(slices.Values(l.finished()), func(a, b string) int { return number(a) - number(b) })
		require.True(w, slices.Equal(sent[i], sorted), "%s: %d messages sent, %d done", l.name, len(sent[i]), len(sorted))
		for id := range l.dead {
			require.True(w, effects[id].hopeless, id)
		}
		if !batch && order != consumer.Unordered { // a batch may be done but for one in its middle
			inOrder(w, l, order)
		}
	}
	require.Zero(w, w.engine.Status()[0].InHand)
	w.shutDown()
}

// inOrder checks that what has the same key, or all of the lane, was done in order.
func inOrder(w *world, l *list, order consumer.Order) {
	keys := map[string]string{}
	for t := range l.marked {
		keys[t.ID] = string(t.Key)
	}
	last := map[string]string{}
	for _, id := range l.finished() {
		key := l.name
		if order == consumer.ByKey {
			if key = keys[id]; key == "" {
				continue
			}
		}
		if before := last[key]; before != "" {
			require.Less(w, number(before), number(id), "%s was done after %s, %q", id, before, key)
		}
		last[key] = id
	}
}

func number(id string) int {
	n, _ := strconv.Atoi(id[strings.LastIndex(id, "/")+1:])
	return n
}
