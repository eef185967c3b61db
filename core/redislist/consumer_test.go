package redislist_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
	"simplest_script/core/redislist"
)

// The engine works off a list, is stopped in the middle and started again: each
// message is done once, what fails is tried again as itself, and what fails for
// good is in the dead list.
func TestTheEngineWorksOffAList(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		want := append(numbered(3000), "flaky", "bad")
		push(t, c, key, want...)

		var mu sync.Mutex
		done, tries := map[string]int{}, map[string][]string{}
		half, last := make(chan struct{}), make(chan struct{})
		reg := core.NewRegistry()
		reg.Add("work", core.HandlerFunc(func(_ context.Context, task *core.Task) error {
			mu.Lock()
			defer mu.Unlock()
			payload := string(task.Payload)
			tries[payload] = append(tries[payload], task.ID)
			if payload == "bad" || payload == "flaky" && task.Attempt == 1 {
				return errors.New("no")
			}
			if done[payload]++; len(done) == 1000 {
				close(half)
			}
			if len(done) == 3001 {
				close(last)
			}
			return nil
		}), core.MaxAttempts(3), core.Backoff(func(int) time.Duration { return time.Millisecond }))
		require.NoError(t, reg.Err())

		run := func() (stop func()) {
			e := consumer.NewEngine(consumer.Config{}, reg, func(e conf.QueueEntry) (core.Source, error) {
				return redislist.NewSource(func(context.Context) (redis.UniversalClient, error) { return c, nil },
					redislist.Options{Key: e.Key}, zap.NewNop()), nil
			}, zap.NewNop(), nil)
			e.Apply([]conf.QueueEntry{{Entry: conf.Entry{Name: "work", ExecCmd: "work", Active: true}, Key: key,
				Progress: 4, MaxProgress: 4, ProgressLagLimit: 100, ProgressAvgMsgcount: 10, Order: "none"}})
			intake, end := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- e.Run(intake, t.Context()) }()
			return func() {
				end()
				require.NoError(t, receive(t, ended))
			}
		}
		stop := run()
		receive(t, half)
		stop()
		stop = run()
		receive(t, last)
		dead := "{" + key + "}:dead"
		require.Eventually(t, func() bool { return c.LLen(t.Context(), dead).Val() == 1 }, time.Minute, time.Millisecond)
		stop()

		require.Equal(t, []string{dead}, leftovers(t, c, key))
		for _, payload := range want[:3001] {
			require.Equal(t, 1, done[payload], payload)
		}
		letter, err := redislist.ParseDeadLetter([]byte(c.LIndex(t.Context(), dead, 0).Val()))
		require.NoError(t, err)
		require.Equal(t, []string{letter.ID, letter.ID, letter.ID}, tries["bad"])
		require.Equal(t, "no", letter.Reason)
		require.Equal(t, 3, letter.Attempt)
		require.Len(t, tries["flaky"], 2)
		require.Equal(t, tries["flaky"][0], tries["flaky"][1])
	})
}
