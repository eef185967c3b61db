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
	services *svc.Services

	mu  sync.Mutex
	out io.Writer
}

var _ core.Component = (*Demo)(nil)

// New returns a demo that prints to out.
func New(out io.Writer) *Demo { return &Demo{out: out} }

// Module returns the demo's handlers.
func (d *Demo) Module() plug.Module {
	return plug.Module{Name: "demo", Handlers: func(h plug.Handlers, s *svc.Services) {
		d.services = s
		h.Cron.Add(cronCmd, core.HandlerFunc(runTask))
		h.Consumer.Add(kafkaCmd, d.consume("from Kafka"))
		h.Consumer.Add(redisCmd, d.consume("from Redis"))
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

// Run sends messages, and pushes jobs: first one of each kind, then one greeting
// each second, until intake ends.
func (d *Demo) Run(intake, _ context.Context) error {
	messages, err := d.openMessages(intake)
	if err != nil || messages == nil {
		return err
	}
	defer messages.close()
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
		if err := messages.send(intake, n-1); err != nil && intake.Err() == nil {
			return err
		}
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

// print tells about a delay job.
func (d *Demo) print(what string, id uint64, kind, text string) {
	d.line(what, fmt.Sprintf("#%d", id), kind, text)
}

func (d *Demo) line(what, id, kind, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fmt.Fprintf(d.out, "%s  %-8s %-6s %-12s %s\n", time.Now().Format("15:04:05.000"), what, id, kind, text)
}
