package main

import (
	"context"
	"strconv"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
	"simplest_script/core/tool/clock"
)

// ours is the machine's own queue and engine, wired as a daemon wires them.
type ours struct {
	*database
	queue *delayqueue.Queue
}

func openOurs(ctx context.Context, p *places) (contender, error) {
	d, err := newDatabase(ctx, p.mysql)
	if err != nil {
		return nil, err
	}
	return oursOn(d), nil
}

func oursOn(d *database) *ours { return &ours{d, delayqueue.New(d.jobs)} }

// jobs is the delayqueue.Opener of the database.
func (d *database) jobs(context.Context) (delayqueue.Store, error) {
	return sqlstore.New(d.DB), nil
}

func (o *ours) pushOne(ctx context.Context, j job) error { return o.push(ctx, []job{j}) }

func (o *ours) push(ctx context.Context, jobs []job) error {
	_, err := o.queue.PushContext(ctx, params(jobs))
	return err
}

func params(jobs []job) []core.DelayQueuePushParams {
	all := make([]core.DelayQueuePushParams, len(jobs))
	for i, j := range jobs {
		ms := j.due.UnixMilli()
		all[i] = core.DelayQueuePushParams{
			Name: kindName, ExecCmd: kindName, Params: strconv.Itoa(j.index), ExecTime: int(ms / 1000), ExecMs: int(ms % 1000),
		}
	}
	return all
}

func (o *ours) work(ctx context.Context, j *journal) (func() error, error) {
	return o.workKinds(ctx, j, nil)
}

// workKinds is work with further kinds beside that of the journal.
func (o *ours) workKinds(ctx context.Context, j *journal, others map[string]core.HandlerFunc) (func() error, error) {
	reg := core.NewRegistry()
	reg.Add(kindName, core.HandlerFunc(func(_ context.Context, t *core.Task) error {
		index, err := strconv.Atoi(string(t.Payload))
		j.began(index)
		return err
	}), core.Concurrency(workers))
	for name, handler := range others {
		reg.Add(name, handler)
	}
	e, err := o.start(ctx, reg, func(ev delayqueue.Event) {
		if ev.Type == delayqueue.Done && ev.Kind == kindName {
			j.finished(1)
		}
	})
	if err != nil {
		return nil, err
	}
	o.queue = e.queue
	return e.stop, nil
}

// engine is a running engine with the lease that it works under.
type engine struct {
	queue *delayqueue.Queue
	stop  func() error
}

// start runs an engine until it is stopped, which also ends the handlers.
func (d *database) start(ctx context.Context, reg *core.Registry, observe delayqueue.Observer) (*engine, error) {
	beats := func(ctx context.Context) (lease.Store, error) {
		db, err := d.services.Beat(ctx)
		if err != nil {
			return nil, err
		}
		return lease.NewSQLStore(db), nil
	}
	keeper := lease.New(lease.Config{}, beats, lease.Identity{Host: "bench", PID: 1, Kinds: reg.Names()}, clock.System{}, zap.NewNop())
	leaseEnds, endLease := context.WithCancel(context.WithoutCancel(ctx))
	leaseEnded := make(chan error, 1)
	go func() { leaseEnded <- keeper.Run(leaseEnds) }()

	e := delayqueue.NewEngine(delayqueue.Config{}, reg, d.jobs, keeper, clock.System{}, zap.NewNop(), observe)
	intake, endIntake := context.WithCancel(ctx)
	work, endWork := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- e.Run(intake, work) }()
	stop := func() error {
		endIntake()
		time.AfterFunc(time.Second, endWork) // a handler that does not return is no fault here
		err := <-ended
		endWork()
		endLease()
		if leaseErr := <-leaseEnded; err == nil {
			err = leaseErr
		}
		return err
	}
	if _, err := keeper.Current(ctx); err != nil {
		return nil, err
	}
	return &engine{e.Queue(), stop}, nil
}
