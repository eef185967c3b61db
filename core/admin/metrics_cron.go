package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CronMetrics counts cron runs that this daemon started, when they have ended.
type CronMetrics struct {
	runs *prometheus.CounterVec
	cost *prometheus.HistogramVec
}

func newCronMetrics() *CronMetrics {
	return &CronMetrics{
		runs: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "cron", Name: "runs_total",
			Help: "Cron runs that this daemon started, by entry and by how they ended: success, failed, lost.",
		}, []string{"entry", "state"}),
		cost: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "cron", Name: "run_seconds",
			Help:    "How long a cron run took.",
			Buckets: []float64{0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400},
		}, []string{"entry"}),
	}
}

func (c *CronMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.runs, c.cost}
}

// Ended notes the end of a run. The entry must be one of the configured ones.
func (c *CronMetrics) Ended(entry, state string, cost time.Duration) {
	c.runs.WithLabelValues(entry, state).Inc()
	c.cost.WithLabelValues(entry).Observe(cost.Seconds())
}
