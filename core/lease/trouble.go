package lease

import (
	"time"

	"go.uber.org/zap"
)

// reminder is how often a trouble that lasts is logged again.
const reminder = 30 * time.Second

// trouble logs a state that may last long: its begin, a reminder now and then,
// and its end. It is used by one goroutine.
type trouble struct {
	log  *zap.Logger
	what string // "… (what to do)"
	over string

	lasting     bool
	since, told time.Duration
}

// persists reports that the trouble is there, now on the Boot clock.
func (t *trouble) persists(now time.Duration, fields ...zap.Field) {
	if !t.lasting {
		t.lasting, t.since = true, now
	} else if now-t.told < reminder {
		return
	}
	t.told = now
	t.log.Error(t.what, append(fields, zap.Duration("for", now-t.since))...)
}

// passed reports that the trouble is not there.
func (t *trouble) passed(now time.Duration) {
	if t.lasting {
		t.lasting = false
		t.log.Info(t.over, zap.Duration("after", now-t.since))
	}
}
