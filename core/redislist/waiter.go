package redislist

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"go.uber.org/zap"
)

const (
	// blockFor is how long the blocked command waits: what others put into the
	// returned list is seen after it at the latest.
	blockFor  = time.Second
	firstPoll = 5 * time.Millisecond
	lastPoll  = 250 * time.Millisecond
)

// waiter waits until a list has a message, and leaves it there: it moves the next
// message from the right end of the list to the right end of the list. So nothing
// is lost whatever becomes of the answer. It has a connection of its own and one
// command on it at most. Where the server cannot do that, it waits for a while that
// grows as long as nothing comes.
type waiter struct {
	client redis.UniversalClient
	key    string
	log    *zap.Logger
	result chan error    // of the command that is under way
	busy   bool          // one is
	poll   time.Duration // 0 where the server knows the command
	ended  chan struct{}
	task   sync.WaitGroup
}

func newWaiter(shared redis.UniversalClient, key string, log *zap.Logger) *waiter {
	return &waiter{client: alone(shared), key: key, log: log, result: make(chan error, 1), ended: make(chan struct{})}
}

// alone returns a client with the settings of c and one connection. Closing it ends
// a blocked command at once, which the end of a context does not.
func alone(c redis.UniversalClient) redis.UniversalClient {
	plain := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch c := c.(type) {
	case *redis.Client:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns, o.MaxRetries = 1, 0, 0, -1
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, plain // the other client's is its own
		return redis.NewClient(&o)
	case *redis.ClusterClient:
		o := *c.Options()
		o.PoolSize, o.MinIdleConns, o.MaxActiveConns = 1, 0, 0
		o.PushNotificationProcessor, o.MaintNotificationsConfig = nil, plain
		return redis.NewClusterClient(&o)
	default:
		return unclosed{c}
	}
}

// unclosed is a client that belongs to others.
type unclosed struct{ redis.UniversalClient }

func (unclosed) Close() error { return nil }

// wait returns nil when there may be a message, or a reason to look for one.
func (w *waiter) wait(ctx context.Context, hint <-chan struct{}) error {
	if !w.busy {
		w.busy = true
		if w.poll > 0 {
			w.task.Go(w.sleep)
		} else {
			w.task.Go(func() { w.block(ctx) })
		}
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-hint:
		return nil
	case err := <-w.result:
		w.busy = false
		return w.judge(err)
	}
}

func (w *waiter) block(ctx context.Context) {
	w.result <- w.client.BLMove(context.WithoutCancel(ctx), w.key, w.key, "RIGHT", "RIGHT", blockFor).Err()
}

func (w *waiter) sleep() {
	t := time.NewTimer(w.poll)
	defer t.Stop()
	select {
	case <-t.C:
	case <-w.ended:
	}
	w.result <- nil
}

func (w *waiter) judge(err error) error {
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		w.poll = min(2*w.poll, lastPoll)
		return nil
	case strings.Contains(err.Error(), "unknown command") || strings.HasPrefix(err.Error(), "NOPERM"):
		w.log.Info("this Redis has no BLMOVE for us: the list is asked again and again while it is empty",
			zap.String("list", w.key), zap.Duration("most seldom", lastPoll), zap.Error(err))
		w.poll = firstPoll
		return nil
	}
	return fmt.Errorf("waiting for messages of the Redis list %s: %w", w.key, err)
}

// found says that messages came: if they must be asked for, then soon again.
func (w *waiter) found() { w.poll = min(w.poll, firstPoll) }

// close ends what is under way, and waits for that.
func (w *waiter) close() {
	close(w.ended)
	if err := w.client.Close(); err != nil {
		w.log.Warn("closing the connection that waits for messages", zap.String("list", w.key), zap.Error(err))
	}
	w.task.Wait()
}
