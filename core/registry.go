package core

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Options are what a registration says about how its handler is to be run. The
// zero value of a field means: the engine's default.
type Options struct {
	// MaxAttempts is how often the work is tried before it has failed.
	MaxAttempts int
	// Timeout ends the handler's context with the cause ErrTimeout.
	Timeout time.Duration
	// Concurrency is how many of this kind run at once in one daemon.
	Concurrency int
	// Backoff says how long to wait after the given attempt, the first being 1.
	Backoff func(attempt int) time.Duration
	// MaxLate is how long after its due time a delay job may still start; later it is
	// skipped. 0: however late.
	MaxLate time.Duration
	// Rate is how many of this kind all daemons together start in a second; 0: no limit.
	Rate float64
	// Priority decides which kind of delay job is given a slot first where the slots
	// of a daemon are scarce: the highest. It may be negative.
	Priority int
}

// Option sets one of the Options.
type Option func(*Options)

// MaxAttempts sets how often the work is tried before it has failed.
func MaxAttempts(n int) Option { return func(o *Options) { o.MaxAttempts = n } }

// Timeout sets how long one attempt may take.
func Timeout(d time.Duration) Option { return func(o *Options) { o.Timeout = d } }

// Concurrency sets how many of this kind run at once in one daemon.
func Concurrency(n int) Option { return func(o *Options) { o.Concurrency = n } }

// Backoff sets how long to wait after the given attempt, the first being 1.
func Backoff(f func(attempt int) time.Duration) Option { return func(o *Options) { o.Backoff = f } }

// MaxLate sets how long after its due time a delay job may still start.
func MaxLate(d time.Duration) Option { return func(o *Options) { o.MaxLate = d } }

// Rate sets how many of this kind of delay job all daemons together start in a second.
func Rate(perSecond float64) Option { return func(o *Options) { o.Rate = perSecond } }

// Priority sets which kind of delay job goes first where slots are scarce.
func Priority(p int) Option { return func(o *Options) { o.Priority = p } }

// Registration is one handler under its name. Exactly one of Handler and Batch is set.
type Registration struct {
	ExecCmd string
	Handler Handler
	Batch   BatchHandler
	Options Options
}

// Registry holds the handlers of one engine by name. It is filled before the
// daemon starts and only read afterwards; it is not safe for concurrent writes.
type Registry struct {
	entries  map[string]Registration
	problems []error
}

// NewRegistry returns an empty Registry.
func NewRegistry() *Registry { return &Registry{entries: map[string]Registration{}} }

// Add registers h under execCmd. A mistake, such as a name that is taken, is
// kept for Err: all of them are shown together when the daemon is checked.
func (r *Registry) Add(execCmd string, h Handler, opts ...Option) {
	r.add(Registration{ExecCmd: execCmd, Handler: h}, h == nil, opts)
}

// AddBatch registers a handler that takes several tasks at once.
func (r *Registry) AddBatch(execCmd string, h BatchHandler, opts ...Option) {
	r.add(Registration{ExecCmd: execCmd, Batch: h}, h == nil, opts)
}

func (r *Registry) add(reg Registration, isNil bool, opts []Option) {
	for _, opt := range opts {
		opt(&reg.Options)
	}
	taken := r.like(reg.ExecCmd)
	switch o := reg.Options; {
	case reg.ExecCmd == "":
		r.refuse("a handler is registered without a name")
	case taken == reg.ExecCmd:
		r.refuse("%q is registered twice", reg.ExecCmd)
	case taken != "":
		r.refuse("%q and %q are registered: to a database they may be the same name", taken, reg.ExecCmd)
	case strings.TrimSpace(reg.ExecCmd) != reg.ExecCmd:
		r.refuse("%q is registered with white space around its name", reg.ExecCmd)
	case isNil:
		r.refuse("%q is registered with a nil handler", reg.ExecCmd)
	case o.MaxAttempts < 0 || o.Timeout < 0 || o.Concurrency < 0 || o.MaxLate < 0 || o.Rate < 0:
		r.refuse("%q is registered with a negative option: max attempts %d, timeout %s, concurrency %d, max late %s, rate %g",
			reg.ExecCmd, o.MaxAttempts, o.Timeout, o.Concurrency, o.MaxLate, o.Rate)
	default:
		r.entries[reg.ExecCmd] = reg
	}
}

// like returns the registered name that differs from name in upper and lower case
// at most, or "".
func (r *Registry) like(name string) string {
	if _, ok := r.entries[name]; ok {
		return name
	}
	for other := range r.entries {
		if strings.EqualFold(other, name) {
			return other
		}
	}
	return ""
}

func (r *Registry) refuse(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

// Lookup returns the registration of execCmd.
func (r *Registry) Lookup(execCmd string) (Registration, bool) {
	reg, ok := r.entries[execCmd]
	return reg, ok
}

// Names returns the registered names in alphabetical order.
func (r *Registry) Names() []string { return slices.Sorted(maps.Keys(r.entries)) }

// Err returns all mistakes of registration, joined, or nil.
func (r *Registry) Err() error { return errors.Join(r.problems...) }
