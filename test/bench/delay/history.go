package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// history measures the whole cycle beside many finished jobs, in turns with a table
// that has none.
func (b *bench) history(ctx context.Context) error {
	full, err := newDatabase(ctx, b.places.mysql)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, full.close()) }()
	t := table{title: "Whole cycle beside finished jobs", head: []string{"finished rows", "jobs per second", "of the rate with none, in the same round", b.lateHead()}}
	for _, rows := range b.sizes.history {
		b.say("  filling up to %s finished rows", thousands(rows))
		if err := firstError(full.fill(ctx, kindName, 3, rows), full.settle(ctx)); err != nil {
			return err
		}
		var rates, ratios []float64
		for range b.sizes.longRounds {
			none, err := b.cycleRate(ctx, theMachine())
			if err = firstError(err, b.places.rest(ctx)); err != nil {
				return err
			}
			p, err := b.playOn(ctx, theMachine(), oursOn(full), dueAtOnce(b.sizes.cycle))
			if err != nil {
				return err
			}
			r := rate(b.sizes.cycle, p.took)
			rates, ratios = append(rates, r), append(ratios, r/none)
			b.say("  whole cycle: no finished rows %s/s, %s %s/s", perSecond(none), thousands(rows), perSecond(r))
		}
		if rows == 5_000_000 {
			b.figures[rateAt5M] = ratios
		}
		p, err := b.playOn(ctx, theMachine(), oursOn(full), b.delayed())
		if err != nil {
			return err
		}
		t.add(thousands(rows), overRounds(rates, perSecond), overRounds(ratios, number), p.lateness().short())
	}
	b.report.add(t)
	return nil
}

// reporting measures the whole cycle while somebody keeps a transaction open that
// still sees the table as it was, so that the server can throw nothing away.
func (b *bench) reporting(ctx context.Context) error {
	t := table{title: "Whole cycle beside a reporting transaction", head: []string{"", "without", "with", "ratio", b.lateHead()}}
	for _, e := range []entrant{theFloor(), theMachine()} {
		var without, with, ratios []float64
		for range b.sizes.longRounds {
			free, err := b.cycleRate(ctx, e)
			if err != nil {
				return err
			}
			p, err := b.besideReport(ctx, e, dueAtOnce(b.sizes.cycle))
			if err != nil {
				return err
			}
			observed := rate(b.sizes.cycle, p.took)
			without, with, ratios = append(without, free), append(with, observed), append(ratios, observed/free)
			b.say("  whole cycle, %s: %s/s, beside a reporting transaction %s/s", e.name, perSecond(free), perSecond(observed))
		}
		p, err := b.besideReport(ctx, e, b.delayed())
		if err != nil {
			return err
		}
		t.add(e.name, overRounds(without, perSecond), overRounds(with, perSecond), overRounds(ratios, number), p.lateness().short())
	}
	b.report.add(t)
	return nil
}

func (b *bench) besideReport(ctx context.Context, e entrant, jobs func(time.Time) []job) (p played, err error) {
	d, err := newDatabase(ctx, b.places.mysql)
	if err != nil {
		return p, err
	}
	conn, err := d.server.Conn(ctx)
	if err != nil {
		return p, errors.Join(err, d.close())
	}
	defer func() { err = firstError(err, conn.Close(), d.close()) }()
	for _, statement := range []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT",
		fmt.Sprintf("SELECT COUNT(*) INTO @jobs FROM %s.delay_queue_log", d.name),
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return p, fmt.Errorf("opening a reporting transaction: %w", err)
		}
	}
	var c contender = oursOn(d)
	if e.name == floorName {
		c = &floor{d, make(chan struct{}, 1)}
	}
	if p, err = b.playOn(ctx, e, c, jobs); err != nil {
		return p, err
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	return p, err
}
