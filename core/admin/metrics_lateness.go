package admin

import (
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// lookTimeout is how long a scrape waits for lateness: all other metrics are kept in
	// this process, and must come as well while what keeps lateness is away, or hangs.
	lookTimeout = time.Second
	// lookAgain is how long a window is left out that could not be read, so that not
	// every scrape of an outage waits.
	lookAgain = 10 * time.Second
)

// Lateness is how late the jobs of one kind were started.
type Lateness struct {
	Kind          string
	P50, P99, Max time.Duration
}

// LateWindow is a stretch of time up to now, whose lateness is read when somebody asks.
type LateWindow struct {
	Name  string        // as the label says it
	Fresh time.Duration // how long it is shown as it was read
	// Read is called by one scrape at a time, and has to return soon after ctx has ended.
	// The kinds must be of a bounded set, and each must come once.
	Read func(ctx context.Context) ([]Lateness, error)
}

// lateView is a window as it was read last.
type lateView struct {
	LateWindow
	seen  []Lateness // nil where it could not be read
	until time.Time  // when it is to be read again
}

// lateness shows windows.
type lateness struct {
	desc *prometheus.Desc

	turn  chan struct{} // full while a scrape reads
	views []lateView    // guarded by turn
}

// NewLatenessMetrics returns a collector for the lateness within windows. What cannot be
// read is left out.
func NewLatenessMetrics(windows ...LateWindow) prometheus.Collector {
	l := &lateness{turn: make(chan struct{}, 1), desc: prometheus.NewDesc(prometheus.BuildFQName(namespace, "delay", "late_window_seconds"),
		"Start of delay jobs against the due time of their attempts, in all daemons, over the last minute, hour and day; absent where no job was started, and while it cannot be read.",
		[]string{"kind", "window", "stat"}, nil)}
	for _, w := range windows {
		l.views = append(l.views, lateView{LateWindow: w})
	}
	return l
}

// Describe implements prometheus.Collector.
func (l *lateness) Describe(out chan<- *prometheus.Desc) { out <- l.desc }

// Collect implements prometheus.Collector.
func (l *lateness) Collect(out chan<- prometheus.Metric) {
	for _, v := range l.look() {
		for _, s := range v.seen {
			gauge := func(stat string, d time.Duration) {
				out <- prometheus.MustNewConstMetric(l.desc, prometheus.GaugeValue, d.Seconds(), s.Kind, v.Name, stat)
			}
			gauge("p50", s.P50)
			gauge("p99", s.P99)
			gauge("max", s.Max)
		}
	}
}

// look reads the windows that are no longer fresh, all of them in the time of one look.
// A scrape beside another one waits for what that one reads, and no longer than it may.
func (l *lateness) look() []lateView {
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	defer func() { <-l.turn }()
	for i := range l.views {
		v := &l.views[i]
		if time.Now().Before(v.until) {
			continue
		}
		seen, err := v.Read(ctx)
		v.seen, v.until = seen, time.Now().Add(v.Fresh)
		if err != nil { // whoever reads has told the log
			v.seen, v.until = nil, time.Now().Add(lookAgain)
		}
	}
	return slices.Clone(l.views)
}
