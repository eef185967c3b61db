package redislist_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/redislist"
)

// What was fetched and not begun goes back where it came from: first in the order,
// as the same attempt, under the same id.
func TestACleanStopPutsBackInOrder(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, numbered(100)...)
		fetched := make(chan []message, 1)
		d := start(t, c, redislist.Options{Key: key}, func(intake, _ context.Context, l core.Lane) {
			var all []*core.Task
			for range 3 { // three batches, of which the second is finished
				ts, err := l.Fetch(intake, 10)
				if err != nil {
					t.Error(err)
				}
				all = append(all, ts...)
			}
			l.Done([]*core.Task{all[25], all[0], all[4]})
			l.Done(all[10:20])
			all[1].Attempt = 3 // the handler has failed twice
			fetched <- seen(all)
			<-intake.Done()
		})
		had := receive(t, fetched)
		d.end()
		lag, err := d.source.Lag(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 100-13, lag.Messages)

		var want []message
		for i, m := range had {
			if i != 25 && i != 0 && i != 4 && (i < 10 || i >= 20) {
				want = append(want, m)
			}
		}
		b := newBox(100 - 13)
		d = start(t, c, redislist.Options{Key: key}, each(8, b.work))
		ms := b.wait(t)
		d.end()
		require.Equal(t, want, ms[:len(want)])
		require.Equal(t, numbered(100)[30:], payloads(ms[len(want):]))
		require.Empty(t, leftovers(t, c, key))
	})
}

// A daemon that ends while it waits for messages takes none.
func TestAStopWhileWaiting(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		begun := make(chan struct{})
		d := start(t, c, redislist.Options{Key: key}, func(intake, _ context.Context, l core.Lane) {
			close(begun)
			ts, err := l.Fetch(intake, 10)
			if len(ts) > 0 || !errors.Is(err, context.Canceled) {
				t.Error(ts, err)
			}
		})
		receive(t, begun)
		d.end()
		push(t, c, key, "later")
		require.EqualValues(t, 1, c.LLen(t.Context(), key).Val())
	})
}

// The answer to the last fetch was cut, and the daemon stops: what that fetch took
// goes back too.
func TestAStopAfterAFetchThatWasNotAnswered(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		push(t, direct, key, numbered(5)...)
		begun := make(chan struct{})
		d := start(t, c, redislist.Options{Key: key}, func(intake, _ context.Context, l core.Lane) {
			held, release := p.Hold(calls(key))
			defer release()
			go func() {
				<-held
				close(begun)
			}()
			if ts, err := l.Fetch(intake, 10); len(ts) > 0 || err == nil {
				t.Error(ts, err)
			}
		})
		receive(t, begun)
		d.stop()
		p.Cut()
		<-d.ended
		b := newBox(5)
		d = start(t, direct, redislist.Options{Key: key}, each(10, b.work))
		require.Equal(t, numbered(5), payloads(b.wait(t)))
		d.end()
	})
}

// The original pushed a failed message back as [key, payload], which its next
// handler could not read.
func TestWeaknessFailedMessagesChanged(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		payload := "{\"a\":1}\x00\xff"
		push(t, c, key, payload)
		var first message
		for attempt := 1; attempt <= 4; attempt++ {
			got := make(chan []message, 1)
			d := start(t, c, redislist.Options{Key: key}, func(intake, _ context.Context, l core.Lane) {
				ts, err := l.Fetch(intake, 10)
				if err != nil {
					t.Error(err)
					return
				}
				got <- seen(ts)
				ts[0].Attempt++ // it failed, and the daemon stops before the next try
				<-intake.Done()
			})
			m := receive(t, got)[0]
			d.end()
			if attempt == 1 {
				first = m
			}
			require.Equal(t, message{first.id, payload, attempt}, m)
		}
	})
}

// The original slept 200 ms before each message.
func TestWeaknessSleepCappedTheRate(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, numbered(500)...)
		b := newBox(500)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second) // half of what it would have taken
		defer cancel()
		d := start(t, c, redislist.Options{Key: key}, each(1, b.work))
		select {
		case <-b.full:
		case <-ctx.Done():
			t.Error("500 messages one by one took longer than 100 ms each")
		}
		d.end()
	})
}

func TestDeadLetters(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		direct := dial(t, addr)
		p, c := through(t, addr)
		key := freshKey(t, direct)
		want := []string{"good", "bad\n\x00\xff", "bad\n\x00\xff", "", "good"}
		push(t, direct, key, want...)
		o := redislist.Options{Key: key, Lease: 300 * time.Millisecond}
		fetched := make(chan []message, 1)
		reason := errors.New("it says: \"no\"\nand no again")
		first := start(t, c, o, func(intake, work context.Context, l core.Lane) {
			ts, err := l.Fetch(intake, 10)
			if err != nil {
				t.Error(err)
			}
			ts[1].Attempt = 5
			for _, i := range []int{1, 3, 1} { // one of them twice, as where nobody knows
				p.CutReply(calls("{" + key + "}:dead"))
				if err := l.Dead(work, ts[i], reason); err != nil {
					t.Error(err)
				}
			}
			l.Done(ts[1:2])
			if err := l.Dead(work, ts[1], reason); err == nil || !strings.Contains(err.Error(), "not in work") {
				t.Error(err)
			}
			fetched <- seen(ts)
			<-work.Done()
		})
		had := receive(t, fetched)
		p.Refuse()
		p.Cut() // a crash

		b := newBox(3)
		second := start(t, direct, o, each(10, b.work))
		ms := b.wait(t)
		second.end()
		first.kill()
		<-first.ended
		require.Equal(t, []string{"good", "bad\n\x00\xff", "good"}, payloads(ms), "what is in the dead list does not come again")

		elements, err := direct.LRange(t.Context(), "{"+key+"}:dead", 0, -1).Result()
		require.NoError(t, err)
		require.Len(t, elements, 2)
		for i, place := range []int{3, 1} { // the newest at the left
			letter, err := redislist.ParseDeadLetter([]byte(elements[i]))
			require.NoError(t, err)
			require.Equal(t, had[place], message{letter.ID, string(letter.Payload), letter.Attempt})
			require.Equal(t, reason.Error(), letter.Reason)
			require.WithinDuration(t, time.Now(), letter.Time, time.Hour)
		}
	})
}

func TestADeadLetterThatCannotBeWritten(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		require.NoError(t, c.Set(t.Context(), key+"-dead", "no list", 0).Err())
		push(t, c, key, "m")
		failed := make(chan error, 1)
		d := start(t, c, redislist.Options{Key: key, Dead: key + "-dead"}, func(intake, work context.Context, l core.Lane) {
			ts, err := l.Fetch(intake, 10)
			if err != nil {
				t.Error(err)
				return
			}
			failed <- l.Dead(work, ts[0], errors.New("bad"))
			<-intake.Done()
		})
		require.ErrorContains(t, receive(t, failed), "-dead")
		d.end()
		b := newBox(1)
		d = start(t, c, redislist.Options{Key: key}, each(10, b.work))
		require.Equal(t, "m", b.wait(t)[0].payload, "it is where it was")
		d.end()
	})
}

func TestWhatIsNoDeadLetter(t *testing.T) {
	for _, element := range []string{"", "no line", "no json\npayload"} {
		_, err := redislist.ParseDeadLetter([]byte(element))
		require.ErrorContains(t, err, "dead letter", element)
	}
}
