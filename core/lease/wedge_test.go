package lease_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/lease"
)

// part is a goroutine of the daemon that reports each second, unless it hangs.
type part struct {
	pulse *lease.Pulse
	hangs chan chan struct{}
	done  chan struct{}
	quit  context.CancelFunc
}

func (d *daemon) part(name string) *part {
	ctx, cancel := context.WithCancel(context.Background())
	p := &part{pulse: d.Watch(name), hangs: make(chan chan struct{}), done: make(chan struct{}), quit: cancel}
	go func() {
		defer close(p.done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			p.pulse.Report()
			select {
			case <-tick.C:
			case until := <-p.hangs:
				<-until
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
}

// hang stops the reports until the returned function is called.
func (p *part) hang() (release func()) {
	until := make(chan struct{})
	p.hangs <- until
	return func() { close(until) }
}

// stop ends the goroutine without closing its pulse.
func (p *part) stop() { p.quit(); <-p.done }

func TestPartsThatReportKeepTheBeatGoing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		claimer, timer := a.part("claimer"), a.part("timer")
		defer claimer.stop()
		defer timer.stop()
		pass(time.Hour)
		require.True(t, works(inc))
	})
}

func TestAPartThatHangsStopsTheBeatAndIsNamed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		claimer, timer := a.part("claimer"), a.part("timer")
		defer claimer.stop()
		defer timer.stop()
		pass(time.Minute)
		release := timer.hang()
		hung := time.Now()
		<-inc.Context().Done()
		require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
		require.LessOrEqual(t, time.Since(hung), budget.Stall+budget.Stop)

		synctest.Wait()
		named := a.logs.FilterMessageSnippet("hangs")
		require.Equal(t, 1, named.Len())
		require.Regexp(t, `^\[timer \(silent for \S+\)\]$`, fieldOf(named.All()[0], "parts"))
		require.Contains(t, fieldOf(a.logs.FilterMessageSnippet("lease lost").All()[0], "why"), "hanging: timer")

		release()
		pass(2 * time.Minute)
		next := a.incarnation()
		pass(time.Hour)
		require.True(t, works(next), "a part that came back keeps a lease again")
		require.Equal(t, 1, a.logs.FilterMessageSnippet("all parts of this daemon report again").Len())
	})
}

func TestAPartThatEndsInGoodOrderIsNotMissed(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		claimer := a.part("claimer")
		claimer.stop()
		claimer.pulse.Close()
		pass(time.Hour)
		require.True(t, works(inc))
	})
}

// A part that waits for the lease has nothing to report: its silence must not be
// what keeps the lease away.
func TestAPartThatWaitsForTheLeaseNeedNotReport(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		pulse := a.Watch("claimer")
		go func() {
			defer close(done)
			for {
				current, err := a.Current(ctx)
				if err != nil {
					return
				}
				for current.Context().Err() == nil && ctx.Err() == nil {
					pulse.Report()
					pause, stop := context.WithTimeout(ctx, time.Second)
					select {
					case <-pause.Done():
					case <-current.Context().Done():
					}
					stop()
				}
			}
		}()
		pass(time.Minute)
		release := w.hang(everything...)
		pass(10 * time.Minute)
		require.False(t, works(inc))
		release()
		pass(time.Minute)
		next := a.incarnation()
		pass(time.Hour)
		require.True(t, works(next))
		require.Len(t, w.table.rows, 2)
		cancel()
		<-done
	})
}

// A part that hangs for good must neither keep the daemon alive nor fill the table.
func TestAPartThatHangsForGood(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		claimer := a.part("claimer")
		release := claimer.hang()
		pass(time.Hour)
		require.Less(t, len(w.table.rows), 70)
		require.Equal(t, len(w.table.rows)-len(w.table.living()), len(w.table.all()), "each life ends by its own word")
		require.Empty(t, w.table.foreign())
		release()
		claimer.stop()
	})
}
