package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CronMetrics counts what becomes of cron ticks.
type CronMetrics struct {
	runs *prometheus.CounterVec
	late *prometheus.HistogramVec
	cost *prometheus.HistogramVec
}

func newCronMetrics() *CronMetrics {
	return &CronMetrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "cron", Name: "runs_total",
			Help: "Cron ticks and runs by entry and outcome: success, failed, lost, skipped, missed. Ticks of a long outage that share a row count once.",
		}, []string{"entry", "state"}),
		late: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "cron", Name: "late_seconds",
			Help:    "Begin of a cron run against its tick, by the database's clock.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40},
		}, []string{"entry"}),
		cost: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "cron", Name: "run_seconds",
			Help:    "How long a cron run took.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400},
		}, []string{"entry"}),
	}
}

func (c *CronMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.runs, c.late, c.cost}
}

// Ended notes the outcome of a tick or run. The entry must be one that is, or was,
// configured.
func (c *CronMetrics) Ended(entry, state string) { c.runs.WithLabelValues(entry, state).Inc() }

// Began notes how late a run began that a schedule asked for.
func (c *CronMetrics) Began(entry string, late time.Duration) {
	c.late.WithLabelValues(entry).Observe(late.Seconds())
}

// Took notes how long a handler took.
func (c *CronMetrics) Took(entry string, cost time.Duration) {
	c.cost.WithLabelValues(entry).Observe(cost.Seconds())
}
