package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

// claimLimit is how many rows one claim asks for.
const claimLimit = 500

// claims measures how fast the stores of several daemons claim due rows of one kind.
func (b *bench) claims(ctx context.Context) error {
	counts := []int{1, 2, 4, 8}
	rates := map[int][]float64{}
	for range b.sizes.rounds {
		for _, n := range counts {
			r, err := b.claimRate(ctx, n)
			if err != nil {
				return err
			}
			rates[n] = append(rates[n], r)
			b.say("  claims of %d daemons: %s/s", n, perSecond(r))
		}
		b.figures.add(claimsOf8, last(rates[8])/last(rates[1]))
	}
	t := table{title: "Claims of several daemons together", head: []string{"daemons", "rows per second"}}
	for _, n := range counts {
		t.add(fmt.Sprint(n), overRounds(rates[n], perSecond))
	}
	b.report.add(t)
	return nil
}

func (b *bench) claimRate(ctx context.Context, daemons int) (r float64, err error) {
	d, err := newDatabase(ctx, b.places.mysql)
	if err != nil {
		return 0, err
	}
	defer func() { err = firstError(err, d.close()) }()
	if err := pushAll(ctx, oursOn(d), jobsAt(0, b.sizes.cycle, time.Now())); err != nil {
		return 0, err
	}
	var total atomic.Int64
	var g errgroup.Group
	began := time.Now()
	for i := range daemons {
		store := sqlstore.New(d.DB)
		g.Go(func() error {
			for token := uint64(i + 1); ; token += uint64(daemons) {
				c := delayqueue.Claim{Owner: fmt.Sprintf("daemon%d", i), Token: token}
				rows, more, err := store.Claim(ctx, c, kindName, time.Second, claimLimit)
				total.Add(int64(len(rows)))
				if err != nil || !more && len(rows) == 0 {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	took := time.Since(began)
	if int(total.Load()) != b.sizes.cycle {
		return 0, fmt.Errorf("%d daemons claimed %d rows of %d", daemons, total.Load(), b.sizes.cycle)
	}
	return rate(b.sizes.cycle, took), nil
}
