package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/hibiken/asynq"
	"golang.org/x/sync/errgroup"
)

// asynqPushers is how many goroutines push at once: it has no call for many jobs.
const asynqPushers = 32

// asynqQueue is asynq on Redis, in a queue of its own.
type asynqQueue struct {
	redis     asynq.RedisClientOpt
	name      string
	client    *asynq.Client
	inspector *asynq.Inspector
	check     time.Duration // between two looks for delayed tasks that are due
}

// openAsynq opens it with a look for due jobs each check; 0 is its default, 5 s.
func openAsynq(check time.Duration) func(context.Context, *places) (contender, error) {
	return func(_ context.Context, p *places) (contender, error) {
		redis := asynq.RedisClientOpt{Addr: p.redis}
		return &asynqQueue{
			redis: redis, name: "bench_" + rand.Text(), check: check,
			client: asynq.NewClient(redis), inspector: asynq.NewInspector(redis),
		}, nil
	}
}

func (a *asynqQueue) push(ctx context.Context, jobs []job) error {
	var g errgroup.Group
	for pusher := range asynqPushers {
		g.Go(func() error {
			for i := pusher; i < len(jobs); i += asynqPushers {
				if err := a.pushOne(ctx, jobs[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

func (a *asynqQueue) pushOne(ctx context.Context, j job) error {
	_, err := a.client.EnqueueContext(ctx, asynq.NewTask(kindName, binary.LittleEndian.AppendUint64(nil, uint64(j.index))),
		asynq.Queue(a.name), asynq.ProcessAt(j.due))
	return err
}

// work counts a job as done when its handler returns, which favours asynq a little.
func (a *asynqQueue) work(_ context.Context, j *journal) (func() error, error) {
	server := asynq.NewServer(a.redis, asynq.Config{
		Concurrency: workers, Queues: map[string]int{a.name: 1}, LogLevel: asynq.ErrorLevel, DelayedTaskCheckInterval: a.check,
	})
	err := server.Start(asynq.HandlerFunc(func(_ context.Context, t *asynq.Task) error {
		j.began(int(binary.LittleEndian.Uint64(t.Payload())))
		j.finished(1)
		return nil
	}))
	if err != nil {
		return nil, err
	}
	return func() error { server.Shutdown(); return nil }, nil
}

func (a *asynqQueue) unfinished(context.Context) (int, error) {
	info, err := a.inspector.GetQueueInfo(a.name)
	if err != nil {
		return 0, fmt.Errorf("asking asynq for its queue: %w", err)
	}
	return info.Size, nil
}

func (a *asynqQueue) close() error {
	err := a.inspector.DeleteQueue(a.name, true)
	if errors.Is(err, asynq.ErrQueueNotFound) {
		err = nil
	}
	return errors.Join(err, a.inspector.Close(), a.client.Close())
}
