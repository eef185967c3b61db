package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"simplest_script/core/consumer"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/crontab"
	"simplest_script/internal/app"
)

// summaryTimeout bounds the last look at the database.
const summaryTimeout = 5 * time.Second

// counts is what one run did so far.
type counts struct {
	delay        *delayqueue.Tally
	kafka, redis messageCounts
	cron         cronCounts
}

// cronCounts are cron runs that this daemon started, by how they ended.
type cronCounts struct {
	done, failed, lost atomic.Int64
}

// ran is a crontab.Observer.
func (c *counts) ran(r crontab.Run) {
	switch r.State {
	case crontab.Success:
		c.cron.done.Add(1)
	case crontab.Failed:
		c.cron.failed.Add(1)
	case crontab.Lost:
		c.cron.lost.Add(1)
	}
}

// messageCounts are messages of all consumers of one kind of source.
type messageCounts struct {
	done, retried, dead atomic.Int64
}

func newCounts() *counts { return &counts{delay: delayqueue.NewTally()} }

// consumed is a consumer.Observer.
func (c *counts) consumed(e consumer.Event) {
	m := &c.kafka
	if e.Entry.Key != "" {
		m = &c.redis
	}
	m.done.Add(int64(e.Done))
	m.retried.Add(int64(e.Retried))
	m.dead.Add(int64(e.Dead))
}

// The summaries of the engines. Their keys are a contract with scripts.
type (
	runSummary struct {
		Delay delaySummary   `json:"delay"`
		Cron  cronSummary    `json:"cron"`
		Kafka messageSummary `json:"kafka"`
		Redis messageSummary `json:"redis"`
	}
	delaySummary struct {
		Pushed  int     `json:"pushed"`  // by this process
		Done    int     `json:"done"`    // by this process
		Waiting int     `json:"waiting"` // pushed by this process and not yet ended
		Retried int     `json:"retried"` // failed attempts that are to be tried again
		Failed  int     `json:"failed"`  // for good
		LateP99 float64 `json:"late_p99_ms"`
	}
	cronSummary struct {
		Done   int64 `json:"done"` // runs that this daemon started and that ended well
		Failed int64 `json:"failed"`
		Lost   int64 `json:"lost"` // without an outcome
	}
	messageSummary struct {
		Done    int64 `json:"done"`    // with those that were dead-lettered
		Retried int64 `json:"retried"` // failed attempts that are to be tried again
		Dead    int64 `json:"dead"`
	}
)

func (m *messageCounts) summary() messageSummary {
	return messageSummary{m.done.Load(), m.retried.Load(), m.dead.Load()}
}

// summary tells what the run did.
func (p *program) summary(f runFlags, people io.Writer, m *app.Machine, c *counts) error {
	delay, err := delaySummaryOf(m, c.delay)
	if err != nil { // the work itself has ended in good order
		fmt.Fprintf(p.Err, "warning: %v\n", err)
	}
	s := runSummary{delay, cronSummary{c.cron.done.Load(), c.cron.failed.Load(), c.cron.lost.Load()}, c.kafka.summary(), c.redis.summary()}
	if f.json {
		return json.NewEncoder(p.Out).Encode(s)
	}
	fmt.Fprintf(people, "\nstopped. delay jobs: %d pushed, %d done, %d waiting, %d retried, %d failed\n",
		delay.Pushed, delay.Done, delay.Waiting, delay.Retried, delay.Failed)
	if c.delay.Count(delayqueue.Started) > 0 {
		fmt.Fprintf(people, "99 of 100 started at most %.1f ms late\n", delay.LateP99)
	}
	if s.Cron != (cronSummary{}) {
		fmt.Fprintf(people, "cron runs: %d done, %d failed, %d lost\n", s.Cron.Done, s.Cron.Failed, s.Cron.Lost)
	}
	for name, s := range map[string]messageSummary{"kafka": s.Kafka, "redis": s.Redis} {
		if s.Done+s.Retried > 0 {
			fmt.Fprintf(people, "%s messages: %d done, %d retried, %d dead-lettered\n", name, s.Done, s.Retried, s.Dead)
		}
	}
	return nil
}

func delaySummaryOf(m *app.Machine, tally *delayqueue.Tally) (delaySummary, error) {
	s := delaySummary{
		Pushed: tally.Count(delayqueue.Pushed), Done: tally.Count(delayqueue.Done),
		Retried: tally.Count(delayqueue.Retried), Failed: tally.Count(delayqueue.Failed),
		LateP99: float64(tally.Late(0.99).Microseconds()) / 1000,
	}
	ids := tally.Unsettled()
	if len(ids) == 0 {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), summaryTimeout)
	defer cancel()
	db, err := m.Services.Own(ctx)
	if err == nil {
		s.Waiting, err = sqlstore.New(db).Unfinished(ctx, ids)
	}
	if err != nil {
		s.Waiting = len(ids) // as far as this process knows
		return s, fmt.Errorf("counting the jobs that wait: %w", err)
	}
	return s, nil
}
