package delayqueue

import (
	"context"
	"time"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/text"
)

// progressEvery is how often what running jobs say about their progress is written.
const progressEvery = time.Second

// Said is how far a running job last said it was.
type Said struct {
	ID      uint64
	Percent int
	Text    string
}

// runProgress writes, until ctx ends, how far running jobs say they are, where that
// has changed. What is said in the last second of a job may be missing: its outcome
// tells more.
func (e *Engine) runProgress(ctx context.Context) {
	away := outage.New(e.log, "writing the progress of delay jobs")
	written := map[Held]Said{}
	for outage.Sleep(ctx, progressEvery) {
		now := e.hand.said()
		var news []Said
		for held, said := range now {
			if written[held] != said {
				news = append(news, said)
			}
		}
		written = now
		if len(news) == 0 {
			continue
		}
		_, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (struct{}, error) { return struct{}{}, e.store.WriteProgress(ctx, news) })
		if err != nil && ctx.Err() == nil {
			written = map[Held]Said{}
			outage.Sleep(ctx, away.Failed(err))
		} else if err == nil {
			away.OK()
		}
	}
}

// said returns how far the running jobs say they are, of those that said anything.
func (h *hand) said() map[Held]Said {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[Held]Said{}
	for _, k := range h.kinds {
		for _, j := range k.active {
			if percent, said := j.task.LastProgress(); percent > 0 || said != "" {
				all[j.held()] = Said{j.ID, percent, text.Cut(said, maxProgress)}
			}
		}
	}
	return all
}

// maxProgress is what the column text of script_delay_progress holds, in characters.
const maxProgress = 255
