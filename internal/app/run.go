package app

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/admin"
	"simplest_script/core/consumer"
	"simplest_script/core/delayqueue"
	"simplest_script/core/lease"
	"simplest_script/core/logger"
	"simplest_script/core/tool/clock"
	"simplest_script/crontab"
)

// RunOptions are what a command may add to a run.
type RunOptions struct {
	Version string
	Observe delayqueue.Observer // of delay jobs; may be nil
	Consume consumer.Observer   // of messages; may be nil
	Cron    crontab.Observer    // of cron ticks and runs; may be nil
	// Ready is told once, when the daemon takes work, where its HTTP server listens;
	// "" where there is none.
	Ready func(address string)
	// Clock is the one that the engines read; nil: that of the system.
	Clock clock.Clock
	// Beside are components that run beside the machine's own; they may push jobs.
	Beside []core.Component
}

// Run runs the daemon until ctx ends, then drains. It returns an error where a
// component had a fault, or where work was cut off.
func (m *Machine) Run(ctx context.Context, o RunOptions) (err error) {
	var stops stopStack
	defer func() { err = errors.Join(err, stops.unwind()) }()
	log := logger.NewLogger("")
	if m.logs != nil {
		go m.logs.Run(ctx) // closing the log waits for it
	}

	if forget, err := m.catchCrash(ctx, log); err != nil {
		log.Warn("should this daemon crash, nobody will know of what", zap.Error(err))
	} else {
		stops.onStop("the file for a crash", forget)
	}

	health, metrics := &admin.Health{}, m.metrics()
	ends, done := newEnds(ctx, m.Config.Drain)
	defer done()
	context.AfterFunc(ends.intake, func() { health.Set(admin.Draining, ""); notify(stopping) })

	db := &database{services: m.Services, schemas: m.Schemas(), env: m.Config.Env, health: health, log: log, ready: newGate()}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	keeper := lease.New(m.leaseConfig(), db.daemons, m.identity(o.Version), o.Clock, log)
	queue := delayqueue.NewEngine(m.queueConfig(), m.Handlers.Delay, db.jobs, keeper, o.Clock, log, m.observe(metrics.Delay, o.Observe))
	delayqueue.SetDefault(queue.Queue().Through(db.pushes))
	consumers := consumer.NewEngine(m.consumerConfig(), m.Handlers.Consumer, m.source, log, o.Consume)
	consumers.Apply(m.Config.Queue)
	metrics.Add(admin.NewConsumerMetrics(consumerStatus(consumers)), admin.NewLatenessMetrics(m.lateWindows(db, log)...))
	cron, err := m.scheduler(db.ledger, log, metrics, o.Cron)
	if err != nil {
		return err
	}
	address, err := m.serve(ctx, health, metrics, log, &stops, admin.Page{Path: QueuesPath, Read: func() any { return queueViews(consumers.Status()) }})
	if err != nil {
		return err
	}
	ready := &readiness{keeper: keeper, health: health, log: log, tell: func() {
		if o.Ready != nil {
			o.Ready(address)
		}
	}}

	log.Info("starting", zap.String("version", o.Version), zap.String("env", string(m.Config.Env)), zap.String("partition", m.Config.Partition), zap.Int("pid", os.Getpid()))
	endLease := m.keepLease(ctx, keeper, ends)
	err = runGroup(ends, slices.Concat([]core.Component{db, queue, consumers, cron, ready}, o.Beside))
	err = errors.Join(err, endLease()) // the lease outlives the work that was done under it
	log.Info("stopped", zap.Error(err))
	return err
}

// serve starts the HTTP server, where there is to be one.
func (m *Machine) serve(ctx context.Context, health *admin.Health, metrics *admin.Metrics, log *zap.Logger, stops *stopStack, pages ...admin.Page) (string, error) {
	if m.Config.Port < 0 {
		return "", nil
	}
	server := admin.New(net.JoinHostPort(m.Config.Host, strconv.Itoa(m.Config.Port)), health, metrics, log, pages...)
	if err := server.Listen(ctx); err != nil {
		return "", err
	}
	stops.onStop("http server", server.Close)
	if forget, err := m.tellAddress(server.Addr()); err != nil {
		log.Warn("the commands on this host cannot be told where the HTTP server listens", zap.Error(err))
	} else {
		stops.onStop("the file with the address", forget)
	}
	return server.Addr(), nil
}

// keepLease runs the keeper beside the components and returns what ends it.
func (m *Machine) keepLease(ctx context.Context, keeper *lease.Keeper, e *ends) func() error {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	var fault error
	var running sync.WaitGroup
	running.Go(func() {
		if fault = keeper.Run(ctx); fault != nil {
			e.stopIntake()
		}
	})
	return func() error {
		stop()
		running.Wait()
		return fault
	}
}

func (m *Machine) leaseConfig() lease.Config {
	c := m.Config.Lease
	return lease.Config{Beat: c.Beat, Stop: c.Stop, Verdict: c.Verdict, Scan: c.Scan}
}

func (m *Machine) consumerConfig() consumer.Config {
	return consumer.Config{CheckEvery: m.Config.Consumer.CheckEvery, KeepHigh: m.Config.Consumer.KeepHigh}
}

func (m *Machine) queueConfig() delayqueue.Config {
	c := m.Config.DelayQueue
	kinds := make(map[string]delayqueue.Limits, len(c.Kinds))
	for name, k := range c.Kinds {
		kinds[name] = delayqueue.Limits(k)
	}
	return delayqueue.Config{
		LookAhead: c.LookAhead, Scan: c.Scan, UnknownAfter: c.UnknownAfter, Slots: c.Slots, Kinds: kinds,
		Host: hostName(), Remains: m.remains, Announce: m.noteDaemon,
		Keep:    delayqueue.Retention{Done: c.KeepDone, Failed: c.KeepFailed, Archive: c.Archive, Archived: c.KeepArchived},
		Default: delayqueue.Limits{Concurrency: c.Concurrency, MaxAttempts: c.MaxAttempts, Timeout: c.Timeout},
	}
}

func (m *Machine) identity(version string) lease.Identity {
	return lease.Identity{
		Host: hostName(), PID: os.Getpid(), Partition: m.Config.Partition, Env: string(m.Config.Env),
		Version: version, Kinds: m.Handlers.Delay.Names(),
	}
}

func hostName() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}
