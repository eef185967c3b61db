package admin

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// DelayMetrics counts what happens to delay jobs.
type DelayMetrics struct {
	events *prometheus.CounterVec
	late   *prometheus.HistogramVec
	took   *prometheus.HistogramVec
}

func newDelayMetrics() *DelayMetrics {
	return &DelayMetrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: "delay", Name: "events_total",
			Help: "Delay jobs by kind and by what happened to them in this process: pushed, started, done, retried, failed, skipped, cancelled, released, lost.",
		}, []string{"kind", "event"}),
		late: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "delay", Name: "late_seconds",
			Help:    "Start of a delay job against the due time of its attempt.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600},
		}, []string{"kind"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: "delay", Name: "handler_seconds",
			Help:    "How long the handler of a delay job took.",
			Buckets: []float64{0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1800},
		}, []string{"kind"}),
	}
}

func (d *DelayMetrics) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.events, d.late, d.took}
}

// Happened counts an event. The kind must be one of a bounded set.
func (d *DelayMetrics) Happened(kind, event string) { d.events.WithLabelValues(kind, event).Inc() }

// Started notes how late an attempt was.
func (d *DelayMetrics) Started(kind string, late time.Duration) {
	d.late.WithLabelValues(kind).Observe(late.Seconds())
}

// Ended notes how long a handler took.
func (d *DelayMetrics) Ended(kind string, took time.Duration) {
	d.took.WithLabelValues(kind).Observe(took.Seconds())
}
