package consumer_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/test/goexit"
)

// A Backoff is code of the user's: where it does not return, the message waits for as
// long as it would without one.
func TestBackoffThatDoesNotReturnIsReplacedByTheDefault(t *testing.T) {
	for _, end := range []func(){func() { panic("no such attempt") }, runtime.Goexit} {
		bubble(t, func(w *world) {
			l := newList("l", 2)
			w.sources["work"] = &memory{lists: []*list{l}}
			w.handle("work", func(_ context.Context, t *core.Task) error {
				if t.Attempt < 3 {
					return errBroken
				}
				return nil
			}, core.Backoff(func(int) time.Duration { end(); return time.Hour }))
			w.start(entry("work", 1))
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Equal(w, l.ids(2), l.finished())
			require.EqualValues(w, 4, w.engine.Status()[0].Failed)
			require.Equal(w, 1, w.engine.Status()[0].Workers)
			w.shutDown()
		})
	}
}

// An error is code of the user's too: reading it fails its message, and costs no
// worker.
func TestErrorThatEndsItsGoroutineWhenItIsReadIsAFailure(t *testing.T) {
	for _, method := range goexit.Methods() {
		for _, add := range []func(*core.Registry){
			func(r *core.Registry) {
				r.Add("work", core.HandlerFunc(func(_ context.Context, t *core.Task) error {
					if t.ID == "l/1" {
						return goexit.Error{In: method}
					}
					return nil
				}), core.MaxAttempts(2))
			},
			func(r *core.Registry) {
				r.AddBatch("work", core.BatchHandlerFunc(func(_ context.Context, ts []*core.Task) []error {
					errs := make([]error, len(ts))
					for i, t := range ts {
						if t.ID == "l/1" {
							errs[i] = goexit.Error{In: method}
						}
					}
					return errs
				}), core.MaxAttempts(2))
			},
		} {
			bubble(t, func(w *world) {
				l := newList("l", 3)
				w.sources["work"] = &memory{lists: []*list{l}}
				add(w.reg)
				w.start(entry("work", 1))
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Equal(w, map[string]string{"l/1": "the handler returned an error of type goexit.Error that calls runtime.Goexit when it is read"}, l.dead)
				require.ElementsMatch(w, l.ids(3), l.finished())
				require.EqualValues(w, 2, w.engine.Status()[0].Failed)
				require.Equal(w, 1, w.engine.Status()[0].Workers)
				w.shutDown()
			})
		}
	}
}

// A handler that ends its goroutine, as t.FailNow does in a handler that is tested
// with the engine, must not take the worker with it: there would be one less for each
// such message, and what follows it would wait for ever.
func TestHandlerThatEndsItsGoroutineFailsItsMessageOnly(t *testing.T) {
	for order, ofLane := range map[string]bool{"partition": true, "none": false} {
		bubble(t, func(w *world) {
			l := newList("l", 100)
			w.sources["work"] = &memory{lists: []*list{l}}
			calls := map[string]int{}
			w.handle("work", func(_ context.Context, t *core.Task) error {
				calls[t.ID]++
				if t.ID == "l/7" || t.ID == "l/8" && t.Attempt == 1 {
					runtime.Goexit()
				}
				return nil
			}, core.MaxAttempts(3))
			e := entry("work", 1)
			e.Order = order
			w.start(e)
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Equal(w, map[string]string{"l/7": "the handler called runtime.Goexit"}, l.dead)
			require.Equal(w, 3, calls["l/7"])
			require.Equal(w, 2, calls["l/8"])
			if ofLane {
				require.Equal(w, l.ids(100), l.finished())
			}
			require.ElementsMatch(w, l.ids(100), l.finished())
			status := w.engine.Status()[0]
			require.EqualValues(w, 100, status.Done)
			require.EqualValues(w, 4, status.Failed)
			require.Equal(w, 1, status.Workers)
			require.Zero(w, status.InHand)
			w.shutDown()
		})
	}
}

func TestBatchHandlerThatEndsItsGoroutineFailsAllOfTheBatch(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 3)
		w.sources["work"] = &memory{lists: []*list{l}}
		calls := 0
		w.reg.AddBatch("work", core.BatchHandlerFunc(func(context.Context, []*core.Task) []error {
			if calls++; calls < 3 {
				runtime.Goexit()
			}
			return []error{nil, core.ErrSkipRetry, nil}
		}))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ElementsMatch(w, l.ids(3), l.finished())
		require.Equal(w, map[string]string{"l/1": "not to be retried"}, l.dead)
		require.Equal(w, 3, calls)
		w.shutDown()
	})
}

// The lane of a message whose handler ends its goroutine can still be given up.
func TestHandlerThatEndsItsGoroutineDoesNotHoldUpTheEnd(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			runtime.Goexit()
			return nil
		})
		w.start(entry("work", 1))
		w.stop()
		w.cutOff()
		require.ErrorContains(w, <-w.ended, "1 handler cancelled")
		require.Empty(w, l.finished())
		require.Empty(w, l.dead)
	})
}
