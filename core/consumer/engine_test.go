package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an engine on sources in memory, in a bubble of time.
type world struct {
	*testing.T
	reg     *core.Registry
	sources map[string]*memory // by exec_cmd
	config  consumer.Config
	engine  *consumer.Engine
	stop    context.CancelFunc
	cutOff  context.CancelFunc
	ended   chan error
}

func bubble(t *testing.T, f func(w *world)) {
	synctest.Test(t, func(t *testing.T) {
		f(&world{T: t, reg: core.NewRegistry(), sources: map[string]*memory{}})
	})
}

func (w *world) handle(name string, f func(context.Context, *core.Task) error, opts ...core.Option) {
	w.reg.Add(name, core.HandlerFunc(f), opts...)
}

func (w *world) start(entries ...conf.QueueEntry) {
	w.engine = consumer.NewEngine(w.config, w.reg, func(e conf.QueueEntry) (core.Source, error) {
		return w.sources[e.ExecCmd], nil
	}, zap.NewNop(), nil)
	w.engine.Apply(entries)
	intake, stop := context.WithCancel(context.Background())
	work, cutOff := context.WithCancel(context.Background())
	w.stop, w.cutOff, w.ended = stop, cutOff, make(chan error, 1)
	go func() { w.ended <- w.engine.Run(intake, work) }()
	synctest.Wait()
}

func (w *world) shutDown() {
	w.stop()
	require.NoError(w, <-w.ended)
	w.cutOff()
}

func entry(name string, progress int) conf.QueueEntry {
	return conf.QueueEntry{
		Entry: conf.Entry{Name: name, ExecCmd: name, Active: true}, Topic: name, GroupID: name,
		Progress: progress, MaxProgress: progress, ProgressLagLimit: 100, ProgressAvgMsgcount: 10,
	}
}

func nothing(context.Context, *core.Task) error { return nil }

func TestLaneIsWorkedOffInOrder(t *testing.T) {
	bubble(t, func(w *world) {
		a, b := newList("a", 3000), newList("b", 3000)
		w.sources["work"] = &memory{lists: []*list{a, b}}
		w.handle("work", nothing)
		w.start(entry("work", 4))
		require.Len(w, a.finished(), 3000)
		require.True(w, slices.Equal(a.ids(3000), a.finished()))
		require.True(w, slices.Equal(b.ids(3000), b.finished()))
		w.shutDown()
	})
}

// The original committed before the handler had run, so a failed message was lost.
func TestFailedMessageIsTriedAgainInItsPlace(t *testing.T) {
	bubble(t, func(w *world) {
		l, other := newList("l", 5), newList("other", 5)
		w.sources["work"] = &memory{lists: []*list{l, other}}
		var attempts []int
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID == "l/2" {
				if attempts = append(attempts, t.Attempt); t.Attempt < 4 {
					return errBroken
				}
			}
			return nil
		})
		w.start(entry("work", 1))
		require.Equal(w, l.ids(2), l.finished(), "what is behind the failed message waits")
		require.Equal(w, other.ids(5), other.finished(), "another lane does not")
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(w, l.ids(5), l.finished())
		require.Equal(w, []int{1, 2, 3, 4}, attempts)
		w.shutDown()
	})
}

func TestHandlerSaysWhenItsMessageIsTriedAgain(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 2)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.Attempt == 1 {
				return core.RetryAfter(errBroken, 10*time.Minute)
			}
			return nil
		})
		w.start(entry("work", 1))
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		require.Empty(w, l.finished())
		time.Sleep(12 * time.Minute)
		synctest.Wait()
		require.Equal(w, l.ids(2), l.finished())
		w.shutDown()
	})
}

func TestHopelessMessageIsDeadLettered(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 4)
		w.sources["work"] = &memory{lists: []*list{l}}
		calls := map[string]int{}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			calls[t.ID]++
			switch t.ID {
			case "l/0":
				return errBroken
			case "l/1":
				return fmt.Errorf("no such order: %w", core.ErrSkipRetry)
			case "l/2":
				panic("index out of range")
			}
			return nil
		}, core.MaxAttempts(3))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(w, map[string]string{"l/0": "broken", "l/1": "no such order: not to be retried", "l/2": "panic: index out of range"}, l.dead)
		require.Equal(w, map[string]int{"l/0": 3, "l/1": 1, "l/2": 3, "l/3": 1}, calls)
		require.Equal(w, l.ids(4), l.finished())
		require.Equal(w, int64(3), w.engine.Status()[0].Dead)
		w.shutDown()
	})
}

func TestDeadLetterThatCannotBeWrittenStopsItsLane(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 2)
		l.allowDead(errors.New("no such topic"))
		w.sources["work"] = &memory{lists: []*list{l}}
		calls := 0
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID == "l/0" {
				calls++
				return core.ErrSkipRetry
			}
			return nil
		})
		w.start(entry("work", 1))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		require.Empty(w, l.finished(), "a message is never skipped")
		l.allowDead(nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(w, l.ids(2), l.finished())
		require.Equal(w, 1, calls, "only the dead letter is tried again")
		w.shutDown()
	})
}

func TestTimeoutIsAFailedAttempt(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1)
		w.sources["work"] = &memory{lists: []*list{l}}
		var cause error
		w.handle("work", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		}, core.MaxAttempts(1), core.Timeout(3*time.Second))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ErrorIs(w, cause, core.ErrTimeout)
		require.Contains(w, l.dead["l/0"], "handler timeout after 3s")
		w.shutDown()
	})
}

func TestKeysKeepTheirOrderAndNothingElse(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 0)
		for i := range 300 {
			l.waiting = append(l.waiting, &core.Task{ID: fmt.Sprint(i), Key: []byte(fmt.Sprint(i % 10)), Attempt: 1})
		}
		w.sources["work"] = &memory{lists: []*list{l}}
		var mu sync.Mutex
		seen := map[string][]int{}
		var now, most atomic.Int64
		w.handle("work", func(_ context.Context, t *core.Task) error {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-time.After(time.Second)
			mu.Lock()
			defer mu.Unlock()
			var id int
			_, err := fmt.Sscan(t.ID, &id)
			seen[string(t.Key)] = append(seen[string(t.Key)], id)
			return err
		})
		e := entry("work", 10)
		e.Order = string(consumer.ByKey)
		w.start(e)
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Len(w, l.finished(), 300)
		require.Equal(w, int64(10), most.Load(), "ten keys, ten workers")
		for key, ids := range seen {
			require.IsIncreasing(w, ids, key)
			require.Len(w, ids, 30)
		}
		w.shutDown()
	})
}

func TestUnorderedUsesEveryWorker(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 100)
		w.sources["work"] = &memory{lists: []*list{l}}
		began := time.Now()
		w.handle("work", func(context.Context, *core.Task) error { <-time.After(time.Second); return nil })
		e := entry("work", 50)
		e.Order = string(consumer.Unordered)
		w.start(e)
		require.Eventually(w, func() bool { return len(l.finished()) == 100 }, time.Hour, 100*time.Millisecond)
		require.Less(w, time.Since(began), 3*time.Second, "in the bubble time passes only while handlers sleep")
		w.shutDown()
	})
}

func TestSlowLaneLeavesWorkersToTheOthers(t *testing.T) {
	bubble(t, func(w *world) {
		slow, quick := newList("slow", 5000), newList("quick", 5000)
		w.sources["work"] = &memory{lists: []*list{slow, quick}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID[0] == 's' {
				<-time.After(20 * time.Millisecond)
			}
			return nil
		})
		w.start(entry("work", 1)) // one worker for both lanes
		time.Sleep(time.Second)
		synctest.Wait()
		require.Len(w, quick.finished(), 5000)
		require.NotEmpty(w, slow.finished())
		require.Less(w, len(slow.finished()), 100)
		w.shutDown()
	})
}

func TestStopFinishesWhatRunsAndLeavesTheRest(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 100)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(context.Context, *core.Task) error { <-time.After(10 * time.Second); return nil })
		w.start(entry("work", 1))
		time.Sleep(15 * time.Second)
		w.shutDown()
		require.Equal(w, l.ids(2), l.finished(), "the second one was running")
	})
}

func TestEndOfWorkCancelsHandlersAndMarksNothing(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 3)
		w.sources["work"] = &memory{lists: []*list{l}}
		var cause error
		w.handle("work", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		w.start(entry("work", 1))
		w.stop()
		w.cutOff()
		require.ErrorContains(w, <-w.ended, "1 handler cancelled")
		require.ErrorIs(w, cause, core.ErrDrain)
		require.Empty(w, l.finished())
		require.Empty(w, l.dead)
	})
}

func TestBatchHandlerAnswersForEachMessage(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1200)
		w.sources["work"] = &memory{lists: []*list{l}}
		largest := 0
		w.reg.AddBatch("work", core.BatchHandlerFunc(func(_ context.Context, ts []*core.Task) []error {
			largest = max(largest, len(ts))
			errs := make([]error, len(ts))
			for i, t := range ts {
				switch {
				case t.ID == "l/7" && t.Attempt == 1:
					errs[i] = errBroken
				case t.ID == "l/9":
					errs[i] = core.ErrSkipRetry
				}
			}
			return errs
		}))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ElementsMatch(w, l.ids(1200), l.finished())
		require.Equal(w, map[string]string{"l/9": "not to be retried"}, l.dead)
		require.Equal(w, 500, largest)
		w.shutDown()
	})
}

func TestBatchHandlerThatPanicsOrAnswersWronglyFailsAllOfTheBatch(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 3)
		w.sources["work"] = &memory{lists: []*list{l}}
		calls := 0
		w.reg.AddBatch("work", core.BatchHandlerFunc(func(context.Context, []*core.Task) []error {
			switch calls++; calls {
			case 1:
				panic("boom")
			case 2:
				return make([]error, 1)
			}
			return nil
		}))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(w, l.ids(3), l.finished())
		require.Equal(w, 3, calls)
		w.shutDown()
	})
}

func TestApplyRestartsOnlyWhatChanged(t *testing.T) {
	bubble(t, func(w *world) {
		a, b := newList("a", 0), newList("b", 0)
		w.sources["a"], w.sources["b"] = &memory{lists: []*list{a}}, &memory{lists: []*list{b}}
		w.handle("a", nothing)
		w.handle("b", nothing)
		w.start(entry("a", 1), entry("b", 2))
		a.push(&core.Task{ID: "a1", Attempt: 1})
		b.push(&core.Task{ID: "b1", Attempt: 1})
		synctest.Wait()

		w.engine.Apply([]conf.QueueEntry{entry("a", 1), entry("b", 5)})
		synctest.Wait()
		status := w.engine.Status()
		require.Len(w, status, 2)
		require.Equal(w, int64(1), status[0].Done, "a goes on undisturbed")
		require.Zero(w, status[1].Done, "b has begun anew")
		require.Equal(w, 5, status[1].Workers)

		off := entry("a", 1)
		off.Active = false
		w.engine.Apply([]conf.QueueEntry{off, entry("b", 5)})
		synctest.Wait()
		require.Len(w, w.engine.Status(), 1)
		w.shutDown()
	})
}

// In the original the extra consumers were counted without the base ones, and an
// extra one never ended.
func TestWorkersComeWithTheLagAndGoAgain(t *testing.T) {
	bubble(t, func(w *world) {
		m := &memory{}
		for i := range 10 {
			m.lists = append(m.lists, newList(fmt.Sprint(i), 0))
		}
		w.sources["work"] = m
		w.handle("work", nothing)
		e := entry("work", 2)
		e.MaxProgress, e.ProgressLagLimit, e.ProgressAvgMsgcount = 10, 20_000, 10_000
		w.start(e)
		workers := func() int { synctest.Wait(); return w.engine.Status()[0].Workers }
		require.Equal(w, 2, workers())

		m.setLag(50_000)
		time.Sleep(15 * time.Second)
		require.Equal(w, 7, workers(), "five more for the 50,000")
		m.setLag(1_000_000)
		time.Sleep(30 * time.Second)
		require.Equal(w, 10, workers(), "never above max_progress")
		m.setLag(0)
		time.Sleep(4 * time.Minute)
		require.Equal(w, 10, workers(), "not at once")
		time.Sleep(10 * time.Minute)
		require.Equal(w, 2, workers())
		for _, d := range w.engine.Status()[0].Decisions {
			require.NotEmpty(w, d.Reason)
		}
		w.shutDown()
	})
}

// With a short CheckEvery there are more looks within KeepHigh than are kept for
// people; the high one counts all the same.
func TestHighLagKeepsWorkersHoweverOftenOneLooks(t *testing.T) {
	bubble(t, func(w *world) {
		m := &memory{lists: []*list{newList("l", 0)}}
		w.sources["work"] = m
		w.handle("work", nothing)
		e := entry("work", 2)
		e.MaxProgress, e.ProgressLagLimit, e.ProgressAvgMsgcount, e.Order = 10, 20_000, 10_000, string(consumer.Unordered)
		w.config.CheckEvery = 100 * time.Millisecond
		w.start(e)
		status := func() consumer.Status { synctest.Wait(); return w.engine.Status()[0] }
		for _, lag := range []int64{30_000, 1_000_000, 50_000, 0} { // the highest counts, not the last
			m.setLag(lag)
			time.Sleep(time.Second)
		}
		time.Sleep(4 * time.Minute)
		require.Equal(w, 10, status().Workers)
		require.Contains(w, status().Decisions[len(status().Decisions)-1].Reason, "stay because lag 1000000 wanted them")
		require.Less(w, len(status().Decisions), 64+10, "they do not pile up")
		time.Sleep(2 * time.Minute)
		require.Equal(w, 2, status().Workers)
		require.Len(w, status().Decisions, 64)
		w.shutDown()
	})
}

func TestListIsWorkedOffByAllWorkers(t *testing.T) {
	bubble(t, func(w *world) {
		w.sources["work"] = &memory{lists: []*list{newList("l", 10)}}
		var now, most atomic.Int64
		w.handle("work", func(context.Context, *core.Task) error {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			<-time.After(time.Second)
			return nil
		})
		e := entry("work", 5)
		e.Topic, e.GroupID, e.Key = "", "", "work"
		w.start(e)
		time.Sleep(time.Minute)
		require.Equal(w, int64(5), most.Load())
		w.shutDown()
	})
}

func TestMessageThatNoDaemonOutlivedIsDeadLettered(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1)
		l.waiting[0].Attempt = 4
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(context.Context, *core.Task) error { t.Error("it is not run a fourth time"); return nil }, core.MaxAttempts(3))
		w.start(entry("work", 1))
		require.Contains(w, l.dead["l/0"], "all attempts used up")
		require.Equal(w, l.ids(1), l.finished())
		w.shutDown()
	})
}

func TestHandlerOfALaneThatAnotherDaemonHasIsCancelled(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1)
		lost, lose := context.WithCancelCause(context.Background())
		w.sources["work"] = &memory{lists: []*list{l}, lost: lost}
		var cause error
		w.handle("work", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		w.start(entry("work", 1))
		lose(core.ErrLeaseLost)
		w.shutDown()
		require.ErrorIs(w, cause, core.ErrLeaseLost)
		require.Empty(w, l.finished())
	})
}

func TestBatchHandlerOfAListTakesManyAtOnce(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1200)
		w.sources["work"] = &memory{lists: []*list{l}}
		largest := 0
		w.reg.AddBatch("work", core.BatchHandlerFunc(func(_ context.Context, ts []*core.Task) []error {
			largest = max(largest, len(ts))
			return nil
		}))
		e := entry("work", 1)
		e.Topic, e.GroupID, e.Key = "", "", "work"
		w.start(e)
		require.ElementsMatch(w, l.ids(1200), l.finished())
		require.Equal(w, 500, largest)
		w.shutDown()
	})
}
