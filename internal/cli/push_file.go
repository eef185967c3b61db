package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"simplest_script/core/delayqueue/sqlstore"
)

const (
	pushBatch   = 500   // jobs of one commit
	mostRefused = 1_000 // wrong lines after which the file is not what was meant
)

// filePush pushes the jobs of a file. Between two runs on the same file, whatever
// ended the first, no line is pushed twice and none is left out:
//
// Each batch is committed together with a mark that counts the commits, and before
// that the file of progress tells where the push is with either mark. A new run
// asks for the mark, passes over the lines that are pushed (having made sure that
// they are still the same), and takes the refused ones once more.
//
// Of two runs at once, the file of progress belongs to one, and the other one stops
// before it has pushed anything. Where the lock of that file does not reach, as between
// machines that share no locks, only those that found the same file there are told apart:
// the second to commit finds that the mark has moved.
type filePush struct {
	lines    *jobLines
	series   *sqlstore.Series
	progress *progress
	out      *pushOutput
	tail     string // what to do after a failure

	at      position  // committed
	same    bool      // the lines up to at are those that were pushed
	sum     lineSum   // of those that were passed over so far
	batch   []jobLine // not yet pushed
	refused []int     // wrong lines of this run
}

// pushFile pushes the jobs of the file that the flags name.
func (p *program) pushFile(ctx context.Context, f pushFlags) (err error) {
	in, name, size := p.In, "standard input", int64(0)
	if f.file != "-" {
		file, err := os.Open(f.file)
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
			size = info.Size()
		}
		in, name = file, f.file
		if f.resume == "" {
			f.resume = f.file + ".progress"
		}
	}
	progress, err := openProgress(f.resume)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, progress.close()) }()
	return p.withDatabase(ctx, func(s session) error {
		out := p.newPushOutput(ctx, s, f.json, size)
		defer out.close()
		push := &filePush{
			lines: newJobLines(name, in), series: sqlstore.NewSeries(s.db, progress.Series),
			progress: progress, out: out, tail: afterFailure(f),
		}
		return push.run(ctx)
	})
}

// afterFailure says how a push that broke off is gone on with.
func afterFailure(f pushFlags) string {
	if f.resume == "" {
		return "The lines after that one are still to be pushed, such as with: tail -n +LINE. With --resume FILE the same command would go on by itself."
	}
	return "Run the same command again: it goes on after that line, and pushes none twice."
}

// run pushes what there is to push.
func (f *filePush) run(ctx context.Context) error {
	if err := f.begin(ctx); err != nil {
		return err
	}
	if err := f.pushAll(ctx); err != nil {
		f.out.failed(f.at)
		return &advised{err, f.tail}
	}
	return f.end(ctx)
}

// begin finds out where an earlier run came to.
func (f *filePush) begin(ctx context.Context) error {
	p := f.progress
	if p.Finished {
		return fmt.Errorf("%s belongs to a push that had come to its end when it was stopped: nothing of it is missing; to push the file as it is now, delete %s",
			p.path, p.path)
	}
	f.at = p.Done
	mark, known, err := f.series.Mark(ctx)
	switch {
	case err != nil:
		return err
	case !known && p.Done.Step == 0:
		if err := p.save(); err != nil {
			return err
		}
		return f.series.Begin(ctx, p.Done.mark())
	case known && mark == p.Done.mark():
	case known && p.Next != nil && mark == p.Next.mark():
		f.at = *p.Next
	default:
		return fmt.Errorf("this database does not know the push of which %s tells: it was begun on another database or in another environment (SCRIPT_ENV); go on there, or delete %s to push all lines here", p.path, p.path)
	}
	f.out.resumed(f.at)
	return nil
}

// pushAll goes through the lines.
func (f *filePush) pushAll(ctx context.Context) error {
	for {
		line, more := f.lines.next()
		if !more {
			break
		}
		f.out.read(f.lines.bytes)
		if line.number > f.at.Line {
			if err := f.compare(); err != nil {
				return err
			}
		} else if !f.at.refused(line.number) {
			f.sum.add(line)
			continue
		}
		f.take(line)
		if !f.same {
			continue
		}
		if len(f.refused) >= mostRefused {
			return errors.Join(f.push(ctx), fmt.Errorf("%s: gave up after %d wrong lines", f.lines.file, len(f.refused)))
		}
		if len(f.batch) >= pushBatch {
			if err := f.push(ctx); err != nil {
				return err
			}
		}
	}
	if err := f.lines.err(); err != nil {
		return err
	}
	if err := f.compare(); err != nil {
		return err
	}
	return f.push(ctx)
}

// compare makes sure, when all lines that are pushed have been passed over, that
// they are those of the earlier run.
func (f *filePush) compare() error {
	if f.same || f.sum == f.at.Sum {
		f.same = true
		return nil
	}
	return fmt.Errorf("%s is not the file whose push was begun: the %d lines that are pushed have changed since; put them back, or delete %s to push all lines again",
		f.lines.file, f.at.Jobs, f.progress.path)
}

// take puts the line into the batch, or tells what is wrong with it.
func (f *filePush) take(line jobLine) {
	if problems := f.lines.parse(&line); len(problems) > 0 {
		f.refused = append(f.refused, line.number)
		f.out.refused(problems)
		return
	}
	f.out.warn(line.job)
	f.batch = append(f.batch, line)
}

// end forgets the push where nothing is left to be pushed.
func (f *filePush) end(ctx context.Context) error {
	if len(f.refused) > 0 {
		f.at.Refused = f.refused
		f.out.summary(f.at, f.lines.file, f.progress.path)
		if err := f.keep(nil); err != nil {
			return err
		}
		return errShown
	}
	f.progress.Finished = true
	if err := f.keep(nil); err != nil {
		return err
	}
	if err := f.series.End(ctx); err != nil {
		return err
	}
	if err := f.progress.remove(); err != nil {
		return err
	}
	f.out.summary(f.at, f.lines.file, f.progress.path)
	return nil
}
