package lease

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// guard stops inc when its last good beat is too old. It runs beside the beat, so
// that a statement that hangs does not hold it up.
func (b *beater) guard(ctx context.Context, inc *Incarnation) {
	for {
		now := b.boot()
		left := b.cfg.Stop - inc.age(now)
		if left <= 0 {
			b.stop(inc, now)
			return
		}
		if !sleep(ctx, min(left, b.cfg.glance())) {
			return
		}
	}
}

// stop gives inc up because it could not beat.
func (b *beater) stop(inc *Incarnation, now time.Duration) {
	why := fmt.Sprintf("it stopped itself: the last good beat was sent %v ago", inc.age(now).Round(time.Millisecond))
	if names := b.parts.silent(now, inc.begun, b.cfg.Stall); len(names) > 0 {
		why += "; hanging: " + strings.Join(names, ", ")
	}
	b.lose(inc, why)
}
