// Package demo is a module and a component that show on a terminal what the
// daemon does: it pushes jobs and tells what becomes of each, a retry and a
// failure among them.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
)

// The kinds of jobs that the demo brings.
const (
	hello  = "demo_hello"  // done at once
	report = "demo_report" // takes a while and tells its progress
	retry  = "demo_retry"  // fails the first time
	broken = "demo_broken" // fails for good
)

// Demo pushes jobs and prints what becomes of them.
type Demo struct {
	mu  sync.Mutex
	out io.Writer
}

var _ core.Component = (*Demo)(nil)

// New returns a demo that prints to out.
func New(out io.Writer) *Demo { return &Demo{out: out} }

// Module returns the demo's handlers.
func (d *Demo) Module() plug.Module {
	return plug.Module{Name: "demo", Handlers: func(h plug.Handlers, _ *svc.Services) {
		h.Delay.Add(hello, core.HandlerFunc(sayHello))
		h.Delay.Add(report, core.HandlerFunc(writeReport))
		h.Delay.Add(retry, core.HandlerFunc(failOnce), core.Backoff(func(int) time.Duration { return 1500 * time.Millisecond }))
		h.Delay.Add(broken, core.HandlerFunc(failForGood))
	}}
}

func sayHello(_ context.Context, t *core.Task) error {
	return t.SetResult("hello " + string(t.Payload))
}

// steps is how many pieces of work the report is made of.
const steps = 4

func writeReport(ctx context.Context, t *core.Task) error {
	for i := range steps {
		if !outage.Sleep(ctx, 200*time.Millisecond) {
			return context.Cause(ctx)
		}
		t.Progress(100*(i+1)/steps, "writing the report")
	}
	return t.SetResult(map[string]int{"pages": steps})
}

func failOnce(_ context.Context, t *core.Task) error {
	if t.Attempt == 1 {
		return errors.New("the other side does not answer (pretended)")
	}
	return t.SetResult("it worked the second time")
}

func failForGood(context.Context, *core.Task) error {
	return fmt.Errorf("there is no such order (pretended): %w", core.ErrSkipRetry)
}

// Name implements core.Component.
func (d *Demo) Name() string { return "demo" }

// Run pushes a first round of jobs, one of each kind, and then one greeting each
// second until intake ends.
func (d *Demo) Run(intake, _ context.Context) error {
	first := []core.DelayQueuePushParams{
		{Name: "first greeting", ExecCmd: hello, Params: "world", DelayTime: 1},
		{Name: "monthly report", ExecCmd: report, DelayTime: 1, DelayMs: 500},
		{Name: "flaky partner", ExecCmd: retry, DelayTime: 2},
		{Name: "broken order", ExecCmd: broken, DelayTime: 2, DelayMs: 500},
	}
	if err := d.push(intake, first); err != nil {
		return err
	}
	for n := 2; outage.Sleep(intake, time.Second); n++ {
		next := core.DelayQueuePushParams{Name: fmt.Sprintf("greeting %d", n), ExecCmd: hello, Params: "again", DelayMs: 1250}
		if err := d.push(intake, []core.DelayQueuePushParams{next}); err != nil {
			return err
		}
	}
	return nil
}

// push pushes the jobs and prints each. What a stop interrupts is no error.
func (d *Demo) push(ctx context.Context, jobs []core.DelayQueuePushParams) error {
	ids, err := delayqueue.NewDelayQueue().PushContext(ctx, jobs)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("pushing: %w", err)
	}
	for i, id := range ids {
		in := time.Duration(jobs[i].DelayTime)*time.Second + time.Duration(jobs[i].DelayMs)*time.Millisecond
		d.print("pushed", id, jobs[i].ExecCmd, fmt.Sprintf("%q, due in %s", jobs[i].Name, in))
	}
	return nil
}

// Observe is a delayqueue.Observer.
func (d *Demo) Observe(e delayqueue.Event) {
	text := ""
	switch e.Type {
	case delayqueue.Started:
		text = fmt.Sprintf("%q, due %s, %s late, attempt %d", e.Name, e.Due.Format("15:04:05.000"), e.Late.Round(10*time.Microsecond), e.Attempt)
	case delayqueue.Done:
		text = fmt.Sprintf("%q in %s", e.Name, e.Took)
	case delayqueue.Retried:
		text = fmt.Sprintf("%q: %s; again at %s", e.Name, e.Reason, e.Next.Format("15:04:05.000"))
	case delayqueue.Failed:
		text = fmt.Sprintf("%q: %s", e.Name, e.Reason)
	default:
		return
	}
	d.print(string(e.Type), e.ID, e.Kind, text)
}

func (d *Demo) print(what string, id uint64, kind, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.out, "%s  %-8s #%-5d %-12s %s\n", time.Now().Format("15:04:05.000"), what, id, kind, text)
}
