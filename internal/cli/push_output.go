package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"simplest_script/core"
	"simplest_script/core/conf/strict"
	"simplest_script/core/delayqueue"
	"simplest_script/core/lease"
)

// pushOutput tells what becomes of the lines of a file.
type pushOutput struct {
	out, err io.Writer
	json     bool
	bars     *mpb.Progress // nil where there is no terminal
	bar      *mpb.Bar
	warnings func(kind string) string
	warned   map[string]bool // by kind
	existed  int             // lines whose unique key another job had
}

// newPushOutput shows a bar on a terminal where the size of the file is known.
func (p *program) newPushOutput(ctx context.Context, s session, asJSON bool, size int64) *pushOutput {
	o := &pushOutput{out: p.Out, err: p.Err, json: asJSON, warned: map[string]bool{}, warnings: func(string) string { return "" }}
	if living, err := lease.NewSQLStore(s.db).Living(ctx); err == nil {
		o.warnings = audience{living, s.Handlers.Delay.Names()}.warning
	}
	if !p.ErrTerminal || size == 0 {
		return o
	}
	o.bars = mpb.New(mpb.WithOutput(p.Err), mpb.WithWidth(60), mpb.WithAutoRefresh()) // what is a terminal has been decided
	o.bar = o.bars.AddBar(size, mpb.BarRemoveOnComplete(), mpb.PrependDecorators(decor.Name("pushing ")),
		mpb.AppendDecorators(decor.Percentage(), decor.Name(" "), decor.AverageETA(decor.ET_STYLE_GO)))
	o.err = o.bars // lines appear above the bar
	if p.OutTerminal {
		o.out = o.bars
	}
	return o
}

// close takes the bar away.
func (o *pushOutput) close() {
	if o.bar != nil {
		o.bar.Abort(true)
		o.bars.Wait()
	}
}

// read tells how many bytes of the file have been read.
func (o *pushOutput) read(bytes int64) {
	if o.bar != nil {
		o.bar.SetCurrent(bytes)
	}
}

// resumed tells where an earlier run came to.
func (o *pushOutput) resumed(at position) {
	if at.Step > 0 {
		fmt.Fprintf(o.err, "%s of the lines up to %d had been pushed before: going on from there\n", plural(at.Jobs, "job"), at.Line)
	}
}

// refused tells what is wrong with a line.
func (o *pushOutput) refused(problems []strict.Problem) {
	for _, problem := range problems {
		fmt.Fprintln(o.err, visible(problem.String()))
	}
}

// warn tells once per kind what stands against its jobs being run.
func (o *pushOutput) warn(job core.DelayQueuePushParams) {
	if o.warned[job.ExecCmd] {
		return
	}
	o.warned[job.ExecCmd] = true
	if w := o.warnings(job.ExecCmd); w != "" {
		fmt.Fprintf(o.err, "warning: %s\n", w)
	}
}

// pushed tells what became of the lines; nil where only the database knows.
func (o *pushOutput) pushed(batch []jobLine, receipts []delayqueue.Receipt) {
	if o.json {
		e := json.NewEncoder(o.out)
		for i, line := range batch {
			shown := pushedJSON{Line: line.number, ExecCmd: line.job.ExecCmd}
			if receipts != nil {
				shown.ID, shown.Existed = receipts[i].ID, receipts[i].Existed
			}
			_ = e.Encode(shown) // as with all that is printed: there is nobody else to tell
		}
	}
	lines := make([]uint64, len(batch))
	for i, line := range batch {
		lines[i] = uint64(line.number)
	}
	ids, earlier := split(receipts)
	o.existed += len(earlier)
	if o.json {
		return
	}
	known := "ids " + ranges(ids)
	if receipts == nil {
		known = "ids not known, since the answer of the database was lost"
	}
	if len(earlier) > 0 {
		known += "; of " + plural(len(earlier), "job") + " the unique key was taken, by ids " + ranges(slices.Compact(earlier))
	}
	fmt.Fprintf(o.out, "lines %s: %s, %s\n", ranges(lines), plural(len(batch)-len(earlier), "job"), known)
}

// split returns the ids of new jobs and those of earlier ones, in their order.
func split(receipts []delayqueue.Receipt) (ids, earlier []uint64) {
	for _, r := range receipts {
		if r.Existed {
			earlier = append(earlier, r.ID)
		} else {
			ids = append(ids, r.ID)
		}
	}
	slices.Sort(ids)
	slices.Sort(earlier)
	return ids, earlier
}

// failed tells how far a push came that broke off.
func (o *pushOutput) failed(at position) {
	fmt.Fprintf(o.err, "stopped: %s pushed, of the lines up to %d\n", plural(at.Jobs, "job"), at.Line)
}

// summary tells what became of the whole file.
func (o *pushOutput) summary(at position, file, progress string) {
	w := o.out
	if o.json {
		w = o.err
	}
	fmt.Fprintf(w, "%s pushed\n", plural(at.Jobs, "job"))
	if o.existed > 0 {
		fmt.Fprintf(w, "of these the unique keys of %s were taken: nothing was stored for them\n", plural(o.existed, "job"))
	}
	if len(at.Refused) == 0 {
		return
	}
	wrong := make([]uint64, len(at.Refused))
	for i, line := range at.Refused {
		wrong[i] = uint64(line)
	}
	then := "Correct them and push them by themselves."
	if progress != "" {
		then = fmt.Sprintf("Correct them in %s, or empty them, without moving other lines, and run the same command again: it pushes only what is missing.", file)
	}
	fmt.Fprintf(o.err, "%s not pushed: %s. %s\n", plural(len(wrong), "line"), ranges(wrong), then) // at once: the bar is drawn over half a line
}

// ranges is increasing numbers in few characters, such as 1-500,777.
func ranges(numbers []uint64) string {
	var parts []string
	for i := 0; i < len(numbers); {
		first, last := numbers[i], numbers[i]
		for i++; i < len(numbers) && numbers[i] == last+1; i++ {
			last++
		}
		part := strconv.FormatUint(first, 10)
		if last > first {
			part += "-" + strconv.FormatUint(last, 10)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}
