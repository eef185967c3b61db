package delayqueue

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"simplest_script/core/lease"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/text"
)

// Death is an attempt whose daemon died, on this machine.
type Death struct {
	Held
	Owner string
	PID   int  // of the daemon
	Old   bool // it has been open for RemainsOpen
}

// Remains tells what is left on this machine of attempts whose daemon died: the last
// lines that the handlers logged, and how the process ended. It returns a text, which
// may be empty, for each attempt of a daemon that it knows. One that worked in another
// home it does not know, until the death is old.
type Remains func(deaths []Death) (map[Held]string, error)

const (
	// RemainsOpen is how long an attempt is left to a daemon that knows more of it.
	RemainsOpen = time.Hour
	// RowsPerExplain is how many attempts one statement explains at most.
	RowsPerExplain = 1000

	// remainsEvery is how often a daemon looks for deaths on its machine.
	remainsEvery = 10 * time.Second
	// remainsMost is how many of them it looks at together. The logs are read once for
	// them: a daemon that was busy leaves tens of thousands that it had only claimed, and
	// the one that killed it may be any of these.
	remainsMost = 10_000
	// remainsRounds is how often it looks again at once while there are more.
	remainsRounds = 10
	// maxRemains is what the column log holds, in characters of up to four bytes.
	maxRemains = 16_000
)

// runPostMortem completes, until ctx ends, what is kept of attempts whose daemon
// died on this machine. Whoever rescued the jobs may live on another one, where
// there are no logs of it.
func (e *Engine) runPostMortem(ctx context.Context) {
	if e.cfg.Remains == nil {
		return
	}
	p := &postMortem{Engine: e, strange: map[string]time.Duration{}}
	away := outage.New(e.log, "looking into the deaths of daemons")
	for {
		pause := jitter(e.cfg.RemainsEvery)
		if err := p.look(ctx); err == nil {
			away.OK()
		} else if ctx.Err() == nil {
			pause += away.Failed(err)
		}
		if !outage.Sleep(ctx, pause) {
			return
		}
	}
}

// runAnnouncer tells, until ctx ends, which daemon this process is, at once with each
// lease: the first job that is run under it may be the one that kills the process.
func (e *Engine) runAnnouncer(ctx context.Context) {
	if e.cfg.Announce == nil {
		return
	}
	for {
		inc, err := e.keeper.Current(ctx)
		if err != nil {
			return // only ctx's end makes Current give up
		}
		e.announce(ctx, inc)
		select {
		case <-ctx.Done():
			return
		case <-inc.Context().Done():
		}
	}
}

// announce tries until the id is taken note of, or is no longer this process's: the disk
// may be full for a while.
func (e *Engine) announce(ctx context.Context, inc *lease.Incarnation) {
	away := outage.New(e.log, "noting which daemon this process is, for the case of its death")
	for inc.Context().Err() == nil {
		err := e.cfg.Announce(inc.ID())
		if err == nil {
			away.OK()
			return
		}
		if !outage.Sleep(ctx, away.Failed(err)) {
			return
		}
	}
}

// postMortem is what one daemon knows of deaths from one look to the next.
type postMortem struct {
	*Engine
	strange map[string]time.Duration // owners that Remains does not know, and since when, on the Boot clock
}

// look explains what is not explained yet. The bound on its rounds is for rows that
// stay open whatever it does.
func (p *postMortem) look(ctx context.Context) error {
	now := p.local.Boot()
	maps.DeleteFunc(p.strange, func(_ string, since time.Duration) bool { return now-since > RemainsOpen })
	for range remainsRounds {
		deaths, err := bounded(ctx, p.cfg.Statement, func(ctx context.Context) ([]Death, error) {
			return p.store.Deaths(ctx, p.cfg.Host, slices.Sorted(maps.Keys(p.strange)), remainsMost)
		})
		if err != nil || len(deaths) == 0 {
			return err
		}
		texts, err := p.cfg.Remains(deaths)
		if err != nil {
			return err
		}
		if err := p.explain(ctx, deaths, texts); err != nil || len(deaths) < remainsMost {
			return err
		}
	}
	return nil
}

// finding is what is said of attempts that died with one daemon.
type finding struct{ owner, text string }

// explain keeps the texts. Attempts of a daemon that is not known here are left to one
// that knows it, and not asked for again, until they are old: nobody knows it then.
func (p *postMortem) explain(ctx context.Context, deaths []Death, texts map[Held]string) error {
	jobs := map[finding][]uint64{}
	for _, d := range deaths {
		said, known := texts[d.Held]
		if !known && !d.Old {
			p.strange[d.Owner] = p.local.Boot()
			continue
		}
		f := finding{d.Owner, text.Cut(said, maxRemains)}
		jobs[f] = append(jobs[f], d.ID)
	}
	// What one handler alone has logged comes before what is said of thousands.
	rarest := func(a, b finding) int { return cmp.Compare(len(jobs[a]), len(jobs[b])) }
	for _, f := range slices.SortedFunc(maps.Keys(jobs), rarest) {
		for some := range slices.Chunk(jobs[f], RowsPerExplain) {
			_, err := bounded(ctx, p.cfg.Statement, func(ctx context.Context) (int, error) {
				return 0, p.store.Explain(ctx, f.owner, some, f.text)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
