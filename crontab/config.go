package crontab

import (
	"cmp"
	"time"
)

// Config tunes the scheduler of one partition. A zero field has its default.
type Config struct {
	Partition string
	Late      time.Duration // a tick is still run so long after its time: 30 s
	Watch     time.Duration // between two looks at the runs that go on: 2 s
	Stale     time.Duration // a start of another machine that did not report for so long is taken over: 20 s
	Verdict   time.Duration // a run of another machine is lost when its beats were not seen for so long: 30 s
	Keep      time.Duration // rows of runs without is_log, before they are folded into counters: 24 h
	KeepLog   time.Duration // rows of runs with is_log, and outputs of all: 30 days
	Reap      bool          // collect orphans that fall to this process: it is process 1
}

func (c Config) withDefaults() Config {
	c.Late = cmp.Or(c.Late, 30*time.Second)
	c.Watch = cmp.Or(c.Watch, 2*time.Second)
	c.Stale = cmp.Or(c.Stale, 20*time.Second)
	c.Verdict = cmp.Or(c.Verdict, 30*time.Second)
	c.Keep = cmp.Or(c.Keep, 24*time.Hour)
	c.KeepLog = cmp.Or(c.KeepLog, 30*24*time.Hour)
	return c
}
