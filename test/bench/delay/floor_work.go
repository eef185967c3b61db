package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// floorAhead is how many seconds before they are due the floor claims rows.
const floorAhead = 2

// floorLook is the time between two looks for rows, where nothing is pushed.
const floorLook = 50 * time.Millisecond

// work is three goroutines that hand rows on: one claims ahead, one sleeps until
// the next row is due and starts a goroutine for each that is, one completes.
func (f *floor) work(ctx context.Context, j *journal) (func() error, error) {
	ctx, cancel := context.WithCancel(ctx)
	claimed := make(chan []floorRow, 1000)
	ran := make(chan floorRow, 1_000_000) // more than any measurement has at once
	var fault error
	var once sync.Once
	var parts sync.WaitGroup
	run := func(part func() error) {
		parts.Go(func() {
			if err := part(); err != nil && ctx.Err() == nil {
				once.Do(func() { fault = err })
				cancel()
			}
		})
	}
	run(func() error { return f.claimAhead(ctx, claimed) })
	run(func() error { return startDue(ctx, claimed, ran, j) })
	run(func() error { return f.completeAll(ctx, ran, j) })
	return func() error {
		cancel()
		parts.Wait()
		return fault
	}, nil
}

func (f *floor) claimAhead(ctx context.Context, claimed chan<- []floorRow) error {
	look := time.NewTicker(floorLook)
	defer look.Stop()
	for {
		rows, err := f.claim(ctx, floorAhead)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			claimed <- rows
		}
		if len(rows) == batchRows {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-f.pushed:
		case <-look.C:
		}
	}
}

// startDue keeps the claimed rows in the order of their due times.
func startDue(ctx context.Context, claimed <-chan []floorRow, ran chan<- floorRow, j *journal) error {
	var waiting []floorRow
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		for now := time.Now().UnixMilli(); len(waiting) > 0 && waiting[0].due <= now; waiting = waiting[1:] {
			row := waiting[0]
			go func() {
				j.began(row.index)
				ran <- row
			}()
		}
		if len(waiting) > 0 {
			timer.Reset(time.Until(time.UnixMilli(waiting[0].due)))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case rows := <-claimed:
			waiting = append(waiting, rows...)
			slices.SortStableFunc(waiting, func(a, b floorRow) int { return cmp.Compare(a.due, b.due) })
		}
	}
}

// completeAll takes what has come in, up to a batch, and begins at once where
// there is less.
func (f *floor) completeAll(ctx context.Context, ran <-chan floorRow, j *journal) error {
	for {
		var batch []any
		select {
		case <-ctx.Done():
			return nil
		case row := <-ran:
			batch = append(batch, row.id)
		}
		for more := true; more && len(batch) < batchRows; {
			select {
			case row := <-ran:
				batch = append(batch, row.id)
			default:
				more = false
			}
		}
		if err := f.complete(ctx, batch); err != nil {
			return errors.Join(errors.New("completing a batch"), err)
		}
		j.finished(len(batch))
	}
}
