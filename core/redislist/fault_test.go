package redislist_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/redislist"
	"simplest_script/test/proxy"
)

const (
	lostLease  = "the lease of messages is over, because it was not renewed in time: they come again, and what is in work here is done twice"
	notRenewed = "the lease of messages could not be renewed in time: no more of them are begun before Redis answers"
)

// through returns a proxy to a server and a client that goes through it.
func through(t *testing.T, addr string) (*proxy.Proxy, *redis.Client) {
	t.Helper()
	p, err := proxy.New(addr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	o := redis.Options{Addr: p.Addr(), ContextTimeoutEnabled: true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}}
	o.DialerRetries, o.MaxRetries = 1, 2 // gives up sooner, so that the test is short
	c := redis.NewClient(&o)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return p, c
}

// calls matches a request for a script, told from the others by how its first
// argument ends.
func calls(key string) func([]byte) bool {
	return func(request []byte) bool {
		return bytes.HasPrefix(request, []byte("*")) && bytes.Contains(bytes.ToLower(request), []byte("\nevalsha\r\n")) &&
			bytes.Contains(request, []byte(key))
	}
}

// go-redis sends a script again whose answer did not come. With one processing list
// per worker the first answer's messages vanished.
func TestNothingIsLostOrDoubledWhereAnswersAreCut(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		want := numbered(1000)
		push(t, direct, key, want...)
		b := newBox(len(want))
		var cut int
		d := start(t, c, redislist.Options{Key: key}, func(intake, work context.Context, l core.Lane) {
			each(20, func(l core.Lane, ts []*core.Task) []*core.Task {
				p.CutReply(calls("{" + key + "}:batches")) // of the next fetch, as long as there is one each time
				cut++
				return b.work(l, ts)
			})(intake, work, l)
		})
		ms := b.wait(t)
		d.end()
		require.Equal(t, want, payloads(ms))
		require.Greater(t, cut, 40)
		require.Empty(t, leftovers(t, direct, key))
	})
}

// Connections break anywhere, in requests and in answers, and stay broken for a while.
func TestNothingIsLostOrDoubledWhereConnectionsBreak(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		want := numbered(1000)
		push(t, direct, key, want...)
		b := newBox(len(want))
		p.CutRandomly(1, 20_000)
		d := start(t, c, redislist.Options{Key: key}, each(25, b.work))
		ms := b.wait(t)
		p.Heal()
		d.end()
		require.Equal(t, want, payloads(ms))
		require.Empty(t, leftovers(t, direct, key))
	})
}

// hang serves a lane by fetching once and doing nothing until work ends, as a
// daemon that hangs.
func hang(n int, fetched chan<- []*core.Task) core.Serve {
	return func(intake, work context.Context, l core.Lane) {
		ts, err := l.Fetch(intake, n)
		if err == nil {
			fetched <- ts
		}
		<-work.Done()
	}
}

// The original took a message out of Redis before it was done, so that it was gone
// with its consumer.
func TestWeaknessCrashLostWhatBRPOPHadTaken(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(20)...)
		fetched := make(chan []*core.Task, 1)
		first := start(t, c, redislist.Options{Key: key, Lease: 300 * time.Millisecond}, hang(10, fetched))
		before := seen(receive(t, fetched))
		p.Refuse()
		p.Cut() // to Redis, that is a crash

		b := newBox(20)
		second := start(t, direct, redislist.Options{Key: key, Lease: 300 * time.Millisecond}, each(3, func(_ core.Lane, ts []*core.Task) []*core.Task {
			b.put(seen(ts))
			return ts
		}))
		ms := b.wait(t)
		second.end()
		again := map[string]message{}
		for _, m := range ms {
			again[m.payload] = m
		}
		require.Len(t, again, 20, "nothing is lost")
		for _, m := range before {
			require.Equal(t, message{m.id, m.payload, 2}, again[m.payload], "its id stayed, and the crash was an attempt")
		}
		first.kill()
		<-first.ended
		require.Empty(t, leftovers(t, direct, key))
	})
}

// One message that is not done does not make those come again that came with it and
// are done.
func TestWhatIsDoneOfABatchDoesNotComeAgain(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(20)...)
		o := redislist.Options{Key: key, Lease: time.Second}
		kept := make(chan message, 1)
		dying := start(t, c, o, func(intake, work context.Context, l core.Lane) {
			ts, err := l.Fetch(intake, 20)
			if err != nil {
				t.Error(err)
				return
			}
			l.Done(ts[:7])
			l.Done(ts[8:])
			kept <- seen(ts[7:8])[0]
			<-work.Done()
		})
		want := receive(t, kept)
		require.Eventually(t, func() bool {
			batches := direct.ZRange(t.Context(), "{"+key+"}:batches", 0, -1).Val()
			return len(batches) == 1 && len(direct.LRange(t.Context(), batches[0], 1, -1).Val()) == 20 &&
				strings.Join(direct.LRange(t.Context(), batches[0], 1, -1).Val(), "") == want.payload
		}, time.Minute, time.Millisecond)
		p.Refuse()
		p.Cut() // a crash

		push(t, direct, key, "last")
		b := newBox(2)
		second := start(t, direct, o, each(20, b.work))
		ms := b.wait(t)
		second.end()
		want.attempt = 2
		require.Len(t, ms, 2)
		require.Contains(t, ms, want)
		require.Contains(t, payloads(ms), "last")
		dying.kill()
		<-dying.ended
		require.Empty(t, leftovers(t, direct, key))
	})
}

// Somebody deletes what belongs to a list: what else was out still comes back.
func TestABatchThatSomebodyDeletedHoldsUpNoOther(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, numbered(2)...)
		o := redislist.Options{Key: key, Lease: time.Second}
		fetched := make(chan []*core.Task, 1)
		d := start(t, c, o, hang(1, fetched))
		receive(t, fetched)
		var batches []string
		require.Eventually(t, func() bool {
			batches = c.ZRange(t.Context(), "{"+key+"}:batches", 0, -1).Val()
			return len(batches) == 2 // the other one was fetched ahead
		}, time.Minute, time.Millisecond)
		d.stop()
		d.kill()
		<-d.ended
		require.NoError(t, c.Del(t.Context(), batches[1]).Err())
		b := newBox(1)
		d = start(t, c, o, each(10, b.work))
		require.Equal(t, []string{"0"}, payloads(b.wait(t)))
		d.end()
		require.Empty(t, leftovers(t, c, key))
	})
}

// What cannot be put back stays where it is.
func TestAReturnThatFailsLosesNothing(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, numbered(3)...)
		o := redislist.Options{Key: key, Lease: 300 * time.Millisecond}
		fetched := make(chan []*core.Task, 1)
		d := start(t, c, o, func(intake, _ context.Context, l core.Lane) {
			if ts, err := l.Fetch(intake, 10); err == nil {
				fetched <- ts
			}
			<-intake.Done()
		})
		receive(t, fetched)
		require.NoError(t, c.Set(t.Context(), "{"+key+"}:returned", "no list", 0).Err())
		d.stop()
		require.Eventually(t, func() bool { return d.said("service away, trying again") }, time.Minute, time.Millisecond)
		d.kill()
		<-d.ended
		require.NoError(t, c.Del(t.Context(), "{"+key+"}:returned").Err())
		b := newBox(3)
		d = start(t, c, o, each(10, b.work))
		require.ElementsMatch(t, numbered(3), payloads(b.wait(t)))
		d.end()
	})
}

// What a crashed daemon had comes before what nobody had, in its order.
func TestReapedMessagesKeepTheirOrder(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		want := numbered(40)
		push(t, direct, key, want...)
		had := make(chan struct{})
		dead := start(t, c, redislist.Options{Key: key, Lease: 100 * time.Millisecond}, func(intake, work context.Context, l core.Lane) {
			for range 3 { // and one is ahead
				if ts, err := l.Fetch(intake, 10); err != nil || len(ts) != 10 {
					t.Error(len(ts), err)
				}
			}
			close(had)
			<-work.Done()
		})
		receive(t, had)
		out := func() int64 { return direct.ZCard(t.Context(), "{"+key+"}:batches").Val() }
		require.Eventually(t, func() bool { return out() == 4 }, time.Minute, time.Millisecond)
		p.Refuse()
		p.Cut()
		over := func() bool { // of all batches: those of which it is earlier come back earlier
			last := direct.ZRevRangeWithScores(t.Context(), "{"+key+"}:batches", 0, 0).Val()
			return len(last) == 1 && float64(direct.Time(t.Context()).Val().UnixMilli()) > last[0].Score
		}
		require.Eventually(t, over, time.Minute, time.Millisecond)
		for out() > 0 { // nothing is fetched before all is back
			require.NoError(t, t.Context().Err())
			s := start(t, direct, redislist.Options{Key: key}, func(intake, _ context.Context, _ core.Lane) { <-intake.Done() })
			s.end()
		}
		b := newBox(40)
		d := start(t, direct, redislist.Options{Key: key}, each(7, b.work))
		require.Equal(t, want, payloads(b.wait(t)))
		d.end()
		dead.kill()
		<-dead.ended
	})
}

// A daemon that is halted beyond its lease, as by SIGSTOP, finds that its messages
// are others'. It begins none of them any more, says so, and works on.
func TestPauseBeyondTheLease(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(10)...)
		o := redislist.Options{Key: key, Lease: 300 * time.Millisecond}
		lanes := make(chan core.Lane, 1)
		fetched, ended := make(chan []*core.Task, 1), make(chan struct{})
		after := newBox(1)
		var life atomic.Int32
		halted := start(t, c, o, func(intake, work context.Context, l core.Lane) {
			if life.Add(1) > 1 {
				each(10, after.work)(intake, work, l)
				return
			}
			ts, err := l.Fetch(intake, 10)
			if err != nil {
				t.Error(err)
			}
			lanes <- l
			fetched <- ts
			<-intake.Done() // the lane is taken away
			l.Done(ts)      // too late
			close(ended)
		})
		l, ts := receive(t, lanes), receive(t, fetched)
		p.Pause()
		b := newBox(10)
		other := start(t, direct, o, each(10, b.work))
		require.ElementsMatch(t, numbered(10), payloads(b.wait(t)))
		other.end()
		p.Resume()
		receive(t, ended)
		require.ErrorContains(t, l.Dead(t.Context(), ts[0], errors.New("late")), "not in work")
		push(t, direct, key, "next")
		require.Equal(t, []string{"next"}, payloads(after.wait(t)))
		halted.end()
		// It notices by its own clock or by what Redis says, whichever comes first.
		require.True(t, halted.said(notRenewed) || halted.said(lostLease))
		require.True(t, halted.said("messages were done after their lease was over: they may come again") ||
			halted.said("messages were done after their lease was over: they come again"))
		require.Empty(t, leftovers(t, direct, key))
	})
}

// A daemon that cannot renew its leases begins nothing more, because others may have
// the messages. Here nobody has taken them, so that nothing is done twice.
func TestCutOffBeyondTheLease(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(10)...)
		fetched, fenced := make(chan struct{}), make(chan struct{})
		b := newBox(8)
		var life atomic.Int32
		d := start(t, c, redislist.Options{Key: key, Lease: 300 * time.Millisecond}, func(intake, work context.Context, l core.Lane) {
			if life.Add(1) > 1 {
				each(10, b.work)(intake, work, l)
				return
			}
			ts, err := l.Fetch(intake, 10)
			if err != nil {
				t.Error(err)
			}
			close(fetched)
			<-intake.Done()
			l.Done(ts[:2]) // they were in work
			close(fenced)
		})
		receive(t, fetched)
		p.Refuse()
		p.Cut()
		receive(t, fenced)
		p.Heal()
		ms := b.wait(t)
		d.end()
		require.Equal(t, numbered(10)[2:], payloads(ms))
		require.Equal(t, 1, ms[0].attempt)
		require.True(t, d.said(notRenewed))
		require.False(t, d.said(lostLease))
		require.Empty(t, leftovers(t, direct, key))
	})
}

// What was fetched ahead is others' too when its lease is over.
func TestWhatWasFetchedAheadIsNotHandedOutAfterItsLease(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, "first", "ahead")
		first, late := make(chan []*core.Task, 1), make(chan error, 1)
		b := newBox(2)
		var life atomic.Int32
		d := start(t, c, redislist.Options{Key: key, Lease: 300 * time.Millisecond}, func(intake, work context.Context, l core.Lane) {
			if life.Add(1) > 1 {
				each(10, b.work)(intake, work, l)
				return
			}
			ts, err := l.Fetch(intake, 1)
			if err != nil {
				t.Error(err)
			}
			first <- ts
			<-intake.Done() // fenced
			ts, err = l.Fetch(work, 1)
			if len(ts) > 0 {
				t.Error("handed out", seen(ts))
			}
			late <- err
		})
		receive(t, first)
		require.Eventually(t, func() bool { return direct.ZCard(t.Context(), "{"+key+"}:batches").Val() == 2 }, time.Minute, time.Millisecond)
		p.Refuse()
		p.Cut()
		require.Error(t, receive(t, late))
		p.Heal()
		require.ElementsMatch(t, []string{"first", "ahead"}, payloads(b.wait(t)))
		d.end()
		require.Empty(t, leftovers(t, direct, key))
	})
}

// Redis is away at the start, and again in the middle. What was fetched before is
// done meanwhile, and acknowledged when Redis is back.
func TestOutages(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		want := numbered(300)
		push(t, direct, key, want...)
		p.Refuse()
		b := newBox(len(want))
		half, goOn := make(chan struct{}), make(chan struct{})
		count := 0
		d := start(t, c, redislist.Options{Key: key}, each(10, func(l core.Lane, ts []*core.Task) []*core.Task {
			if count += len(ts); count == 150 {
				close(half)
				<-goOn
			}
			return b.work(l, ts)
		}))
		require.Eventually(t, func() bool { return d.said("service away, trying again") }, time.Minute, time.Millisecond)
		p.Heal()
		receive(t, half)
		p.Refuse()
		p.Cut()
		close(goOn)
		require.Eventually(t, func() bool { return d.logs.FilterMessage("service away, trying again").Len() > 1 }, time.Minute, time.Millisecond)
		p.Heal()
		require.Equal(t, want, payloads(b.wait(t)))
		d.end()
		require.True(t, d.said("service is back"))
		require.Less(t, d.logs.Len(), 20, "the log says that it is away and that it is back, and not each try")
		require.Empty(t, leftovers(t, direct, key))
	})
}

// A daemon that is told to stop while Redis is away waits for it as long as it may.
func TestStopDuringAnOutage(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(10)...)
		got := make(chan []*core.Task, 1)
		wait := func(intake, _ context.Context, l core.Lane) {
			if ts, err := l.Fetch(intake, 10); err == nil {
				got <- ts
			}
			<-intake.Done()
		}
		d := start(t, c, redislist.Options{Key: key}, wait)
		receive(t, got)
		p.Refuse()
		p.Cut()
		d.stop()
		require.Eventually(t, func() bool { return d.said("service away, trying again") }, time.Minute, time.Millisecond)
		p.Heal()
		<-d.ended
		require.EqualValues(t, 10, direct.LLen(t.Context(), "{"+key+"}:returned").Val())

		d = start(t, c, redislist.Options{Key: key}, wait)
		receive(t, got)
		p.Refuse()
		p.Cut()
		d.stop()
		d.kill()
		<-d.ended
		require.True(t, d.said("messages could not be put back: they come again when their lease is over"))
		p.Heal()
	})
}

// The original tried again at once, and the processor did nothing else.
func TestWeaknessErrorsSpun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		intake, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		s := redislist.NewSource(func(context.Context) (redis.UniversalClient, error) {
			tries++
			return nil, errors.New("away")
		}, redislist.Options{Key: "q"}, zap.NewNop())
		require.NoError(t, s.Run(intake, t.Context(), nil))
		require.Less(t, tries, 70)
	})
}
