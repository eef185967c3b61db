package delayqueue

import (
	"context"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// runRescuer frees the jobs of dead daemons until ctx ends. Every daemon does it;
// the guards of the statements see to it that each row is freed once.
func (e *Engine) runRescuer(ctx context.Context) {
	away := outage.New(e.log, "rescuing jobs of dead daemons")
	for {
		pause := jitter(e.cfg.Scan)
		r, err := e.rescueOnce(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			pause = max(pause, away.Failed(err))
		case err == nil:
			away.OK()
		}
		if r.Waiting+r.Quarantined > 0 {
			e.log.Warn("took over jobs of a dead daemon", zap.Int("freed", r.Waiting), zap.Int("set_aside", r.Quarantined))
		}
		if r.Waiting+r.Quarantined >= RowsPerList/2 {
			continue
		}
		if !outage.Sleep(ctx, pause) {
			return
		}
	}
}

func (e *Engine) rescueOnce(ctx context.Context) (Rescued, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Statement)
	defer cancel()
	return e.store.Rescue(ctx, e.cfg.Poison, RowsPerList/2)
}
