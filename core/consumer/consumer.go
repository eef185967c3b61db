package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/logger"
	"simplest_script/core/tool/drain"
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

	workers sync.WaitGroup
}

func newConsumer(e conf.QueueEntry, order Order, src core.Source, reg core.Registration, cfg Config, log *zap.Logger, tell func(Event)) *consumer {
	c := &consumer{entry: e, source: src, d: newDispatcher(order, together(reg)), x: newExecutor(e, reg, log, tell), log: log}
	c.scaler = &autoscaler{
		limits: Limits{
			Progress: e.Progress, MaxProgress: e.MaxProgress,
			LagLimit: int64(e.ProgressLagLimit), AvgMessages: int64(e.ProgressAvgMsgcount), KeepHigh: cfg.KeepHigh,
		},
		order: order, every: cfg.CheckEvery, lag: src.Lag, workers: e.Progress, log: log,
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

// run works until intake ends and all lanes have come to an end. It returns an
// error where the source is at fault, or work was cut off.
func (c *consumer) run(intake, work context.Context) error {
	var looking sync.WaitGroup
	resize := func(n int) {
		for range c.d.resize(n) {
			c.workers.Go(func() { c.worker(newHand(c.d)) })
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
	stuck := 0
	if !drain.Wait(work, &c.workers) {
		stuck = c.d.workers()
	}
	if cut := int(c.x.cut.Load()); err == nil && cut+stuck > 0 {
		err = fmt.Errorf("stopped with work cut off: %s cancelled, %s did not return; those messages come again", handlers(cut), handlers(stuck))
	}
	return err
}

func handlers(n int) string {
	if n == 1 {
		return "1 handler"
	}
	return fmt.Sprintf("%d handlers", n)
}

// worker works on what h has, and on what there is, until it is told to end.
func (c *consumer) worker(h *hand) {
	defer c.replace(h)
	for more := true; more; more = h.take(c.x.grab()) {
		for l := h.next(); l != nil; {
			l = c.stretch(h, l)
		}
		c.x.count(h.give())
	}
}

// stretch works on turns of the same lane, beginning with the next one of h. It
// returns the lane of the turn that follows, nil where there is none.
func (c *consumer) stretch(h *hand, l *lane) (following *lane) {
	begun := l.begin() // else the lane is over: its messages come again, here or elsewhere
	for following = l; following == l; following = h.next() {
		if begun {
			c.x.work(h, l)
		}
		h.end() // marks what is done, which must be before the lane's end
	}
	if begun {
		l.end()
	}
	return following
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
	l := newLane(logger.Into(ctx, logger.NewLogger("")), cl)
	c.d.join()
	defer context.AfterFunc(work, func() {
		l.stop()
		cancel(endOf(work))
	})()
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
