package redislist

import (
	"context"
	"fmt"
	"sync"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// Open returns the client of the Redis that has the list. It stays its owner's: the
// Source does not close it.
type Open func(ctx context.Context) (redis.UniversalClient, error)

// Source brings the messages of one list, as one lane. It is a core.Source.
type Source struct {
	open    Open
	options Options
	keys    keys
	scripts scripts
	log     *zap.Logger
}

// NewSource returns a Source. It does no I/O; what is wrong with the options is what
// Run returns.
func NewSource(open Open, options Options, log *zap.Logger) *Source {
	options = options.withDefaults()
	return &Source{open: open, options: options, keys: keysOf(options), scripts: newScripts(), log: log}
}

// Run calls serve with the list until intake ends. It does so again where the lease
// of messages was lost: what had not begun then comes again.
func (s *Source) Run(intake, work context.Context, serve core.Serve) error {
	if err := s.options.check(); err != nil {
		return err
	}
	client := s.connect(intake)
	for client != nil && s.session(intake, work, client, serve) {
	}
	return nil
}

// connect waits until there is a client, or returns nil when intake ends.
func (s *Source) connect(intake context.Context) redis.UniversalClient {
	trouble := outage.New(s.log, "connecting to the Redis of the list "+s.keys.list)
	for {
		client, err := s.open(intake)
		switch {
		case intake.Err() != nil:
			return nil
		case err == nil:
			trouble.OK()
			return client
		}
		outage.Sleep(intake, trouble.Failed(err))
	}
}

// session is the life of one lane. It tells whether there is to be another one.
func (s *Source) session(intake, work context.Context, client redis.UniversalClient, serve core.Serve) (again bool) {
	mine, end := context.WithCancel(intake)
	defer end()
	l := newLane(s, client, end)
	defer l.waiter.close()
	k := &keeper{lane: l}

	keeping, stop := context.WithCancel(context.WithoutCancel(work))
	defer stop()
	var keeps sync.WaitGroup
	keeps.Go(func() { k.run(keeping) })
	serve(mine, work, l)
	again = mine.Err() != nil && intake.Err() == nil && work.Err() == nil
	end()
	stop()
	keeps.Wait()
	k.leave(work)
	return again
}

// Lag returns how many messages wait in the list, with those that came back to it.
func (s *Source) Lag(ctx context.Context) (core.Lag, error) {
	client, err := s.open(ctx)
	if err != nil {
		return core.Lag{}, fmt.Errorf("reading the length of the Redis list %s: %w", s.keys.list, err)
	}
	var list, returned *redis.IntCmd
	_, err = client.Pipelined(ctx, func(p redis.Pipeliner) error {
		list, returned = p.LLen(ctx, s.keys.list), p.LLen(ctx, s.keys.returned)
		return nil
	})
	if err != nil {
		return core.Lag{}, fmt.Errorf("reading the length of the Redis list %s: %w", s.keys.list, err)
	}
	return core.Lag{Messages: list.Val() + returned.Val(), Lanes: 1}, nil
}
