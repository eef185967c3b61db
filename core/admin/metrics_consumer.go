package admin

import "github.com/prometheus/client_golang/prometheus"

// ConsumerStatus is how one consumer stands in this process.
type ConsumerStatus struct {
	ExecCmd, Source    string // the entry, and its topic or list
	Workers, InHand    int
	Done, Failed, Dead int64 // since the entry was started
	Lag                int64
	LagKnown           bool
}

// consumers reads how the consumers stand when somebody asks.
type consumers struct {
	status func() []ConsumerStatus

	done, failed, dead, workers, inHand, lag *prometheus.Desc
}

// NewConsumerMetrics returns a collector for the entries that status returns.
func NewConsumerMetrics(status func() []ConsumerStatus) prometheus.Collector {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "consumer", name), help, []string{"exec_cmd", "source"}, nil)
	}
	return &consumers{
		status:  status,
		done:    desc("done_total", "Messages finished by this process since the entry was started."),
		failed:  desc("failed_attempts_total", "Attempts that failed."),
		dead:    desc("dead_total", "Messages dead-lettered."),
		workers: desc("workers", "Workers of the entry in this process."),
		inHand:  desc("in_hand", "Messages fetched and not yet done."),
		lag:     desc("lag", "Messages that wait, as last read; absent while it cannot be read."),
	}
}

// Describe implements prometheus.Collector.
func (c *consumers) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.done, c.failed, c.dead, c.workers, c.inHand, c.lag} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *consumers) Collect(out chan<- prometheus.Metric) {
	for _, s := range c.status() {
		labels := []string{s.ExecCmd, s.Source}
		count := func(d *prometheus.Desc, n int64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
		}
		gauge := func(d *prometheus.Desc, n float64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, n, labels...)
		}
		count(c.done, s.Done)
		count(c.failed, s.Failed)
		count(c.dead, s.Dead)
		gauge(c.workers, float64(s.Workers))
		gauge(c.inHand, float64(s.InHand))
		if s.LagKnown {
			gauge(c.lag, float64(s.Lag))
		}
	}
}
