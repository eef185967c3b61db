package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// history measures the whole cycle beside many finished jobs, in turns with a table
// that has none. What the floor loses is what the larger table costs the server.
func (b *bench) history(ctx context.Context) error {
	full, err := newDatabase(ctx, b.places.mysql)
	if err != nil {
		return err
	}
	defer func() { err = firstError(err, full.close()) }()
	t := table{title: "Whole cycle beside finished jobs", head: []string{"", "finished rows", "jobs per second", "of the rate with none, in the same round", b.lateHead()}}
	for _, rows := range b.sizes.history {
		b.say("  filling up to %s finished rows", thousands(rows))
		if err := firstError(full.fill(ctx, kindName, 3, rows), full.settle(ctx)); err != nil {
			return err
		}
		rates, ratios := figures{}, figures{}
		for range b.sizes.rounds {
			for _, e := range []entrant{theFloor(), theMachine()} {
				none, r, err := b.besideHistory(ctx, e, full)
				if err != nil {
					return err
				}
				rates.add(e.name, r)
				ratios.add(e.name, r/none)
				b.say("  whole cycle, %s: no finished rows %s/s, %s %s/s", e.name, perSecond(none), thousands(rows), perSecond(r))
			}
		}
		if rows == 5_000_000 {
			b.figures[rateAt5M] = ratios[oursName]
		}
		for _, e := range []entrant{theFloor(), theMachine()} {
			p, err := b.playOn(ctx, e, full.contender(e), b.delayed())
			if err != nil {
				return err
			}
			b.noEarly(e, p.lateness())
			t.add(e.name, thousands(rows), overRounds(rates[e.name], perSecond), overRounds(ratios[e.name], number), p.lateness().short())
		}
	}
	b.report.add(t)
	return nil
}

// besideHistory returns the rate on a table without finished jobs, and on the full one.
func (b *bench) besideHistory(ctx context.Context, e entrant, full *database) (none, beside float64, err error) {
	if none, err = b.cycleRate(ctx, e); err != nil {
		return 0, 0, err
	}
	if err := b.places.rest(ctx); err != nil {
		return 0, 0, err
	}
	p, err := b.playOn(ctx, e, full.contender(e), dueAtOnce(b.sizes.cycle))
	return none, rate(b.sizes.cycle, p.took), err
}

// contender is the floor or the machine on a database that is there already.
func (d *database) contender(e entrant) contender {
	if e.name == floorName {
		return &floor{d, make(chan struct{}, 1)}
	}
	return oursOn(d)
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
		b.noEarly(e, p.lateness())
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
	if p, err = b.playOn(ctx, e, d.contender(e), jobs); err != nil {
		return p, err
	}
	_, err = conn.ExecContext(ctx, "ROLLBACK")
	return p, err
}
