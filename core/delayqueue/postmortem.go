package delayqueue

import (
	"context"
	"time"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/text"
)

// Death is an attempt whose daemon died, on this machine.
type Death struct {
	Held
	Owner string
	PID   int   // of the daemon
	Began int64 // Unix milliseconds of the database, when the daemon took that name
}

// Remains tells what is left on this machine of attempts whose daemon died: the
// last lines that the handlers logged, and how the process ended. It returns a text
// for each that it knows something about.
type Remains func(deaths []Death) (map[Held]string, error)

const (
	// remainsEvery is how often a daemon looks for deaths on its machine.
	remainsEvery = 10 * time.Second
	// remainsMost is how many of them it looks at together.
	remainsMost = 100
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
	away := outage.New(e.log, "looking into the deaths of daemons")
	for outage.Sleep(ctx, jitter(e.cfg.RemainsEvery)) {
		if err := e.postMortem(ctx); err != nil && ctx.Err() == nil {
			outage.Sleep(ctx, away.Failed(err))
		} else if err == nil {
			away.OK()
		}
	}
}

func (e *Engine) postMortem(ctx context.Context) error {
	deaths, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) ([]Death, error) {
		return e.store.Deaths(ctx, e.cfg.Host, remainsMost)
	})
	if err != nil || len(deaths) == 0 {
		return err
	}
	texts, err := e.cfg.Remains(deaths)
	if err != nil {
		return err
	}
	for _, d := range deaths {
		_, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (int, error) {
			return 0, e.store.Explain(ctx, d.Held, text.Cut(texts[d.Held], maxRemains))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
