package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
)

// Config tunes the consumers of a daemon. A zero field means the default.
type Config struct {
	CheckEvery time.Duration // between two looks at the lag: 15 s
	KeepHigh   time.Duration // see Limits: 5 min
}

const defaultCheckEvery = 15 * time.Second

// Sources makes the source of an entry, without I/O.
type Sources func(e conf.QueueEntry) (core.Source, error)

// Engine runs one consumer for each active entry. It is a core.Component.
type Engine struct {
	cfg     Config
	reg     *core.Registry
	sources Sources
	log     *zap.Logger
	observe Observer

	mu      sync.Mutex
	entries []conf.QueueEntry
	changed chan struct{} // told when entries were set
	active  map[string]*active
}

// active is a consumer at work.
type active struct {
	*consumer
	intake context.Context // its own: ended where it was told to stop
	stop   context.CancelFunc
	ended  chan struct{}
}

var _ core.Component = (*Engine)(nil)

// NewEngine returns an engine for the handlers in reg. observe may be nil.
func NewEngine(cfg Config, reg *core.Registry, sources Sources, log *zap.Logger, observe Observer) *Engine {
	if cfg.CheckEvery == 0 {
		cfg.CheckEvery = defaultCheckEvery
	}
	return &Engine{
		cfg: cfg, reg: reg, sources: sources, log: log, observe: observe,
		changed: make(chan struct{}, 1), active: map[string]*active{},
	}
}

// Name implements core.Component.
func (e *Engine) Name() string { return "consumers" }

// Apply sets the entries. What is the same goes on undisturbed; what has changed
// finishes what it has begun and starts anew. It may be called before Run and at
// any time while it runs.
func (e *Engine) Apply(entries []conf.QueueEntry) {
	e.mu.Lock()
	e.entries = slices.Clone(entries)
	e.mu.Unlock()
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// Run implements core.Component. A fault of one consumer stops them all, in good
// order. It returns an error also where work was cut off.
func (e *Engine) Run(intake, work context.Context) error {
	intake, stop := context.WithCancel(intake)
	faults := make(chan error, 1)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	for {
		if err := e.reconcile(intake, work, &all, faults); err != nil {
			return err
		}
		select {
		case <-e.changed:
		case err := <-faults:
			return err
		case <-intake.Done():
			all.Wait()
			select {
			case err := <-faults:
				return err
			default:
				return nil
			}
		}
	}
}

// reconcile stops what is no longer wanted and starts what is missing.
func (e *Engine) reconcile(intake, work context.Context, all *sync.WaitGroup, faults chan<- error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	wanted := map[string]conf.QueueEntry{}
	for _, entry := range e.entries {
		if entry.Active {
			wanted[identity(entry)] = entry
		}
	}
	for id, a := range e.active {
		if entry, ok := wanted[id]; ok && same(entry, a.entry) && a.intake.Err() == nil {
			delete(wanted, id)
		} else {
			a.stop()
		}
	}
	for id, entry := range wanted {
		c, err := e.build(entry)
		if err != nil {
			return fmt.Errorf("consumer %s: %w", entry.ExecCmd, err)
		}
		e.start(intake, work, id, c, all, faults)
	}
	return nil
}

// start runs c after the consumer that had its place has ended. The caller holds
// the lock.
func (e *Engine) start(intake, work context.Context, id string, c *consumer, all *sync.WaitGroup, faults chan<- error) {
	before := e.active[id]
	mine, stop := context.WithCancel(intake)
	a := &active{consumer: c, intake: mine, stop: stop, ended: make(chan struct{})}
	e.active[id] = a
	all.Go(func() {
		defer close(a.ended)
		defer stop()
		if before != nil {
			<-before.ended
		}
		err := c.run(mine, work)
		e.mu.Lock()
		if e.active[id] == a {
			delete(e.active, id)
		}
		e.mu.Unlock()
		if err != nil {
			select {
			case faults <- fmt.Errorf("consumer %s: %w", c.entry.ExecCmd, err):
			default:
			}
		}
	})
}

func (e *Engine) build(entry conf.QueueEntry) (*consumer, error) {
	reg, ok := e.reg.Lookup(entry.ExecCmd)
	if !ok {
		return nil, errors.New("there is no handler of that name")
	}
	src, err := e.sources(entry)
	if err != nil {
		return nil, err
	}
	log := e.log.With(zap.String("exec_cmd", entry.ExecCmd))
	return newConsumer(entry, orderOf(entry), src, reg, e.cfg, log, func(ev Event) {
		if e.observe != nil {
			ev.Entry = &entry
			e.observe(ev)
		}
	}), nil
}

// identity is what makes two entries the same consumer, whatever else differs.
func identity(e conf.QueueEntry) string {
	return strings.Join([]string{e.Topic, e.GroupID, e.Key, e.ExecCmd}, "\x00")
}

// same tells whether an edited entry needs no restart.
func same(a, b conf.QueueEntry) bool {
	a.Position, b.Position = conf.Position{}, conf.Position{}
	return a == b
}
