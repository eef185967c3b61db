package admin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core/admin"
)

// lateDatabase is where lateness is read, and what becomes of that.
type lateDatabase struct {
	t     *testing.T
	late  time.Duration // of each read: its number times so much
	err   error
	hangs bool // until the reader gives up

	busy  sync.Mutex
	reads map[string]int
}

func (d *lateDatabase) window(name string, fresh time.Duration) admin.LateWindow {
	return admin.LateWindow{Name: name, Fresh: fresh, Read: func(ctx context.Context) ([]admin.Lateness, error) {
		if !assert.True(d.t, d.busy.TryLock(), "two scrapes read at once") {
			return nil, nil
		}
		defer d.busy.Unlock()
		d.reads[name]++
		if d.hangs {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		late := time.Duration(d.reads[name]) * d.late
		return []admin.Lateness{{Kind: "mail", P50: late, P99: 2 * late, Max: 3 * late}}, d.err
	}}
}

// scraped collects c and returns its gauges by their labels, which are in alphabetical order.
func scraped(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	require.NoError(t, err, "a scrape never fails")
	gauges := map[string]float64{}
	for _, f := range families {
		require.Equal(t, "script_delay_late_window_seconds", f.GetName())
		for _, m := range f.GetMetric() {
			var labels []string
			for _, l := range m.GetLabel() {
				labels = append(labels, l.GetValue())
			}
			gauges[strings.Join(labels, " ")] = m.GetGauge().GetValue()
		}
	}
	return gauges
}

func newLateDatabase(t *testing.T) (*lateDatabase, prometheus.Collector) {
	d := &lateDatabase{t: t, late: time.Second, reads: map[string]int{}}
	return d, admin.NewLatenessMetrics(d.window("minute", 10*time.Second), d.window("hour", time.Minute))
}

func TestLatenessIsReadAnewWhenItIsNoLongerFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := newLateDatabase(t)
		reads := func(minute, hour float64) {
			t.Helper()
			require.Equal(t, map[string]float64{
				"mail p50 minute": minute, "mail p99 minute": 2 * minute, "mail max minute": 3 * minute,
				"mail p50 hour": hour, "mail p99 hour": 2 * hour, "mail max hour": 3 * hour,
			}, scraped(t, c))
		}
		reads(1, 1)
		time.Sleep(10*time.Second - time.Nanosecond)
		reads(1, 1)
		time.Sleep(time.Nanosecond)
		reads(2, 1)
		time.Sleep(50 * time.Second)
		reads(3, 2)
	})
}

func TestLatenessThatCannotBeReadIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, c := newLateDatabase(t)
		d.err = errors.New("away")
		require.Empty(t, scraped(t, c))
		d.err = nil
		time.Sleep(10*time.Second - time.Nanosecond)
		require.Empty(t, scraped(t, c), "nobody asks again so soon")
		require.Equal(t, map[string]int{"minute": 1, "hour": 1}, d.reads)
		time.Sleep(time.Nanosecond)
		require.Len(t, scraped(t, c), 6)

		time.Sleep(10 * time.Second)
		d.err = errors.New("away")
		gauges := scraped(t, c)
		require.Len(t, gauges, 3)
		require.Contains(t, gauges, "mail p50 hour", "it is fresh")
		time.Sleep(50 * time.Second)
		require.Empty(t, scraped(t, c))
	})
}

// However many scrapes there are, one of them asks a database that hangs, and none waits
// for longer than it does.
func TestDatabaseThatHangsHoldsNoScrapeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, c := newLateDatabase(t)
		d.hangs = true
		began := time.Now()
		var scrapes sync.WaitGroup
		for range 5 {
			scrapes.Go(func() { assert.Empty(t, scraped(t, c)) })
		}
		scrapes.Wait()
		require.Equal(t, time.Second, time.Since(began))
		require.Equal(t, 1, d.reads["minute"])
		d.hangs = false
		require.Empty(t, scraped(t, c))
		require.Equal(t, time.Second, time.Since(began), "no scrape waits again so soon")
		time.Sleep(10 * time.Second)
		require.Len(t, scraped(t, c), 6)
	})
}

// Should reading go on for longer than it may, it is one scrape that waits for it.
func TestScrapeBesideOneThatIsStuckGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck, freed := make(chan struct{}), make(chan struct{})
		c := admin.NewLatenessMetrics(admin.LateWindow{Name: "minute", Read: func(context.Context) ([]admin.Lateness, error) {
			close(stuck)
			<-freed
			return []admin.Lateness{{Kind: "mail"}}, nil
		}})
		var scrape sync.WaitGroup
		scrape.Go(func() { assert.Len(t, scraped(t, c), 3) })
		<-stuck
		began := time.Now()
		require.Empty(t, scraped(t, c))
		require.Equal(t, time.Second, time.Since(began))
		close(freed)
		scrape.Wait()
	})
}
