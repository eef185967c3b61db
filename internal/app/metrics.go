package app

import (
	"simplest_script/core/admin"
	"simplest_script/core/consumer"
	"simplest_script/core/delayqueue"
	"simplest_script/crontab"
)

// otherKind stands in metrics for delay jobs of kinds that this daemon has no
// handler for, so that what others push makes no labels.
const otherKind = "other"

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

// observe returns an observer of delay jobs that tells both the metrics and further.
func (m *Machine) observe(metrics *admin.DelayMetrics, further delayqueue.Observer) delayqueue.Observer {
	return func(e delayqueue.Event) {
		kind := e.Kind
		if _, known := m.Handlers.Delay.Lookup(kind); !known {
			kind = otherKind
		}
		metrics.Happened(kind, string(e.Type))
		switch e.Type {
		case delayqueue.Started:
			metrics.Started(kind, e.Late)
		case delayqueue.Done, delayqueue.Retried, delayqueue.Failed:
			metrics.Ended(kind, e.Took)
		}
		if further != nil {
			further(e)
		}
	}
}

// observeCron returns an observer of cron ticks and runs that tells both the metrics
// and further.
func observeCron(metrics *admin.CronMetrics, further crontab.Observer) crontab.Observer {
	return func(r crontab.Run) {
		metrics.Ended(r.Entry, string(r.State))
		if !r.StartedAt.IsZero() && r.Hand == 0 {
			metrics.Began(r.Entry, r.StartedAt.Sub(r.Tick))
		}
		if r.State == crontab.Success || r.State == crontab.Failed && r.Cost > 0 { // else nobody measured it
			metrics.Took(r.Entry, r.Cost)
		}
		if further != nil {
			further(r)
		}
	}
}

// consumerStatus returns how the consumers stand, as the metrics want it.
func consumerStatus(e *consumer.Engine) func() []admin.ConsumerStatus {
	return func() []admin.ConsumerStatus {
		var out []admin.ConsumerStatus
		for _, s := range e.Status() {
			status := admin.ConsumerStatus{
				ExecCmd: s.Entry.ExecCmd, Source: s.Entry.Topic + s.Entry.Key,
				Workers: s.Workers, InHand: s.InHand, Done: s.Done, Failed: s.Failed, Dead: s.Dead,
			}
			if n := len(s.Decisions); n > 0 {
				last := s.Decisions[n-1]
				status.Lag, status.LagKnown = last.Lag+last.Stuck, last.LagErr == nil
			}
			out = append(out, status)
		}
		return out
	}
}
