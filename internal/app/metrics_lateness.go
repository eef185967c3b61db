package app

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/admin"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/tool/outage"
)

// How long lateness is shown as it was read. What the daemons write of an hour or a day
// is many rows, and changes little in a minute.
const (
	freshShort = 10 * time.Second
	freshLong  = time.Minute
)

// errNoTables says that a scrape came before the daemon's own database was seen to.
var errNoTables = errors.New("the daemon's own database is not open yet")

// lateWindows returns what /metrics shows of how late jobs were started lately, whichever
// daemon started them: what the jobs command shows.
func (m *Machine) lateWindows(db *database, log *zap.Logger) []admin.LateWindow {
	var windows []admin.LateWindow
	for _, w := range []inspect.Window{inspect.LastMinute, inspect.LastHour, inspect.LastDay} {
		fresh := freshLong
		if w == inspect.LastMinute {
			fresh = freshShort
		}
		away := outage.New(log, "reading for /metrics how late delay jobs of the last "+w.String()+" were")
		windows = append(windows, admin.LateWindow{Name: w.String(), Fresh: fresh, Read: func(ctx context.Context) ([]admin.Lateness, error) {
			recent, err := db.recent(ctx, w)
			switch {
			case err == nil:
				away.OK()
			case !errors.Is(err, errNoTables): // of that others tell
				away.Failed(err)
			}
			return m.lateness(recent), err
		}})
	}
	return windows
}

// recent reads what the daemons have written. Unlike those who work on the tables, a
// scrape does not wait until they are there.
func (d *database) recent(ctx context.Context, w inspect.Window) ([]inspect.Recent, error) {
	select {
	case <-d.ready.open:
	default:
		return nil, errNoTables
	}
	db, err := d.services.Own(ctx)
	if err != nil {
		return nil, err
	}
	return inspect.New(db).Recent(ctx, w)
}

// lateness returns the lateness of those kinds that this daemon has handlers for, and of
// which some job was started. What others run makes no labels here: they show it
// themselves, and quantiles of several kinds do not add up to one of them all.
func (m *Machine) lateness(recent []inspect.Recent) []admin.Lateness {
	var out []admin.Lateness
	for _, r := range recent {
		if _, known := m.Handlers.Delay.Lookup(r.Kind); known && r.P50 > 0 {
			out = append(out, admin.Lateness{Kind: r.Kind, P50: r.P50, P99: r.P99, Max: r.Max})
		}
	}
	return out
}
