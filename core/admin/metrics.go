package admin

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// namespace begins the name of every metric of the machine.
const namespace = "script"

// Metrics is what /metrics shows. Label sets are bounded: they hold the names of
// registered handlers and configured entries, never what a job or message says.
type Metrics struct {
	registry *prometheus.Registry
	Delay    *DelayMetrics
	Cron     *CronMetrics
}

// NewMetrics returns metrics of the process, of the delay queue and of cron
// runs; further engines are added with Add.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), Delay: newDelayMetrics(), Cron: newCronMetrics()}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.Delay.collectors()...)
	m.registry.MustRegister(m.Cron.collectors()...)
	return m
}

// Add shows further metrics. It panics where one is there already, which is a
// mistake in the wiring.
func (m *Metrics) Add(cs ...prometheus.Collector) { m.registry.MustRegister(cs...) }

// Count shows a number that something else counts.
func (m *Metrics) Count(name, help string, read func() float64) {
	m.Add(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, read))
}

// Gauge shows a number that something else keeps, and that goes up and down.
func (m *Metrics) Gauge(name, help string, read func() float64) {
	m.Add(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, read))
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
}
