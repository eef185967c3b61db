package consumer

import (
	"context"
	"errors"
	"sync"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/tool/outage"
)

// consumer runs one entry: one source, the lanes it gives, and workers for them.
type consumer struct {
	entry  conf.QueueEntry
	source core.Source
	d      *dispatcher
	x      *executor
	scaler *autoscaler
	log    *zap.Logger
}

func newConsumer(e conf.QueueEntry, order Order, src core.Source, reg core.Registration, cfg Config, log *zap.Logger, tell func(Event)) *consumer {
	c := &consumer{entry: e, source: src, d: newDispatcher(order, together(reg)), x: newExecutor(e, reg, log, tell), log: log}
	c.scaler = &autoscaler{
		limits: Limits{
			Progress: e.Progress, MaxProgress: e.MaxProgress,
			LagLimit: int64(e.ProgressLagLimit), AvgMessages: int64(e.ProgressAvgMsgcount), KeepHigh: cfg.KeepHigh,
		},
		every: cfg.CheckEvery, lag: src.Lag, workers: e.Progress, log: log,
		totals: func() (int64, int64) { return c.x.done.Load(), c.x.failed.Load() },
	}
	return c
}

// together is how many messages that need no order one call of the handler takes.
func together(reg core.Registration) int {
	if reg.Batch != nil {
		return batchSize
	}
	return 1
}

// run works until intake ends and all lanes have come to an end.
func (c *consumer) run(intake, work context.Context) error {
	var workers, looking sync.WaitGroup
	resize := func(n int) {
		for range c.d.resize(n) {
			workers.Go(c.worker)
		}
	}
	resize(c.entry.Progress)
	c.scaler.resize = resize
	looks, stopLooking := context.WithCancel(intake)
	defer stopLooking()
	looking.Go(func() { c.scaler.run(looks) })

	err := c.source.Run(intake, work, c.serve)
	stopLooking()
	looking.Wait()
	c.d.close()
	workers.Wait()
	return err
}

// worker works on runs until it is told to end.
func (c *consumer) worker() {
	for {
		turns, ok := c.d.take(c.x.grab())
		if !ok {
			return
		}
		for i := range turns {
			c.x.work(&turns[i])
		}
		c.d.give(turns)
	}
}

// endOf is why handlers of a lane whose work has ended are cancelled.
func endOf(work context.Context) error {
	if errors.Is(context.Cause(work), core.ErrLeaseLost) {
		return core.ErrLeaseLost
	}
	return core.ErrDrain
}

// serve is the core.Serve of the entry.
func (c *consumer) serve(intake, work context.Context, cl core.Lane) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(work))
	defer func() { cancel(endOf(work)) }()
	defer context.AfterFunc(work, func() { cancel(endOf(work)) })()
	l := newLane(ctx, cl)
	trouble := outage.New(c.log, "fetching from "+l.name)
	for {
		ts, err := cl.Fetch(intake, fetchSize)
		if intake.Err() != nil {
			break
		}
		if err != nil {
			outage.Sleep(intake, trouble.Failed(err))
			continue
		}
		trouble.OK()
		if !c.d.add(intake, l, ts) {
			break
		}
	}
	l.close(work)
	c.d.drop(l)
}
