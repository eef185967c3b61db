package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/outage"
)

// push commits the batch and moves the position to the line that was read last.
func (f *filePush) push(ctx context.Context) error {
	next := position{
		Step: f.at.Step + 1, Line: max(f.at.Line, f.lines.number), Jobs: f.at.Jobs + len(f.batch), Sum: f.at.Sum,
		Refused: append([]int(nil), f.refused...),
	}
	jobs := make([]core.DelayQueuePushParams, len(f.batch))
	for i, line := range f.batch {
		next.Sum.add(line)
		jobs[i] = line.job
	}
	if len(jobs) == 0 { // nothing but wrong lines, of which the database is not told
		next.Step = f.at.Step
		f.at = next
		return f.keep(nil)
	}
	if err := f.keep(&next); err != nil {
		return err
	}
	receipts, err := f.commit(ctx, next, jobs)
	if err != nil {
		return err
	}
	f.out.pushed(f.batch, receipts)
	f.at, f.batch = next, f.batch[:0]
	return nil
}

// keep writes the position, and the one that is about to be committed.
func (f *filePush) keep(next *position) error {
	f.progress.Done, f.progress.Next = f.at, next
	return f.progress.save()
}

// commit pushes the jobs and returns their receipts. After a commit without an answer it
// asks the database for the mark: where that has moved the jobs are there, and only
// their ids are not known.
func (f *filePush) commit(ctx context.Context, next position, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	for {
		receipts, err := f.series.Push(ctx, f.at.mark(), next.mark(), jobs)
		switch {
		case err == nil:
			return receipts, nil
		case errors.Is(err, sqlstore.ErrMarkMoved):
			return nil, fmt.Errorf("somebody else is pushing %s as well: %w", f.lines.file, err)
		case !errors.Is(err, core.ErrUnknownOutcome):
			return nil, err
		}
		mark, unseen := f.look(ctx)
		switch {
		case unseen != nil:
			return nil, fmt.Errorf("the lines from %d to %d may have been pushed or not (they have where the value of %q in script_meta is %s): %w",
				f.at.Line+1, next.Line, f.series.Name(), next.mark(), errors.Join(err, unseen))
		case mark == next.mark():
			return nil, nil
		}
	}
}

const (
	looks     = 10 // for the mark, before it is left to the next run
	lookAgain = time.Second
)

// look asks for the mark, and again while the database does not answer.
func (f *filePush) look(ctx context.Context) (mark string, err error) {
	for range looks {
		var known bool
		mark, known, err = f.series.Mark(ctx)
		if err == nil && !known {
			err = errors.New("the database has lost the mark of this push")
		}
		if err == nil || !outage.Sleep(ctx, lookAgain) {
			return mark, err
		}
	}
	return "", err
}
