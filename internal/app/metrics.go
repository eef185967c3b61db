package app

import (
	"simplest_script/core/admin"
	"simplest_script/core/delayqueue"
)

// metrics returns what /metrics shows of this machine.
func (m *Machine) metrics() *admin.Metrics {
	metrics := admin.NewMetrics()
	if m.logs != nil {
		metrics.Count("log_lines_dropped_total", "Log lines that reached no file, such as for a full disk.",
			func() float64 { return float64(m.logs.Dropped()) })
		metrics.Count("log_errors_total", "Operations of the log that failed.",
			func() float64 { return float64(m.logs.WriteErrors()) })
	}
	return metrics
}

// observe returns an observer that tells both the metrics and further.
func (m *Machine) observe(metrics *admin.Metrics, further delayqueue.Observer) delayqueue.Observer {
	return func(e delayqueue.Event) {
		_, known := m.Handlers.Delay.Lookup(e.Kind)
		metrics.Delay.Observe(e, known)
		if further != nil {
			further(e)
		}
	}
}
