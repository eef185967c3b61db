package consumer_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
)

// BenchmarkMessage is what one message costs between Fetch and Done, in each order,
// with four lanes, a handler that does nothing, and 10,000 keys.
func BenchmarkMessage(b *testing.B) {
	for _, order := range []consumer.Order{consumer.ByPartition, consumer.Unordered, consumer.ByKey} {
		b.Run(string(order), func(b *testing.B) {
			reg := core.NewRegistry()
			reg.Add("work", core.HandlerFunc(nothing))
			s := &spring{left: b.N, all: make(chan struct{})}
			engine := consumer.NewEngine(consumer.Config{}, reg, func(conf.QueueEntry) (core.Source, error) { return s, nil }, zap.NewNop(), nil)
			e := entry("work", 4)
			e.Order = string(order)
			engine.Apply([]conf.QueueEntry{e})
			intake, stop := context.WithCancel(b.Context())
			ended := make(chan error, 1)
			b.ReportAllocs()
			b.ResetTimer()
			s.undone.Store(int64(b.N))
			go func() { ended <- engine.Run(intake, b.Context()) }()
			<-s.all
			b.StopTimer()
			stop()
			require.NoError(b, <-ended)
		})
	}
}

// spring is a source of messages that cost nothing, in four lanes.
type spring struct {
	left   int
	undone atomic.Int64
	all    chan struct{}
}

func (s *spring) Run(intake, work context.Context, serve core.Serve) error {
	const lanes = 4
	ended := make(chan struct{})
	for i := range lanes {
		n := s.left / lanes
		if i == 0 {
			n += s.left % lanes
		}
		go func() {
			serve(intake, work, &flow{spring: s, name: strconv.Itoa(i), left: n})
			ended <- struct{}{}
		}()
	}
	for range lanes {
		<-ended
	}
	return nil
}

func (s *spring) Lag(context.Context) (core.Lag, error) { return core.Lag{}, nil }

// flow is a lane of a spring. It gives the same tasks again and again, more of them
// than may be out at once.
type flow struct {
	*spring
	name string
	left int
	ring []core.Task
	next int
}

func (f *flow) Name() string { return f.name }

func (f *flow) Fetch(ctx context.Context, n int) ([]*core.Task, error) {
	if f.left == 0 {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if f.ring == nil {
		f.ring = make([]core.Task, 16*n)
		for i := range f.ring {
			f.ring[i].Key = []byte(f.name + "/" + strconv.Itoa(i%2500))
		}
	}
	ts := make([]*core.Task, min(n, f.left))
	for i := range ts {
		ts[i] = &f.ring[(f.next+i)%len(f.ring)]
	}
	f.next += len(ts)
	f.left -= len(ts)
	return ts, nil
}

func (f *flow) Done(ts []*core.Task) {
	if f.undone.Add(-int64(len(ts))) == 0 {
		close(f.all)
	}
}

func (f *flow) Dead(context.Context, *core.Task, error) error { return nil }
