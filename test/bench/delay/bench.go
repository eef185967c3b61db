package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// bench is one run of the scenarios, which add to what it found.
type bench struct {
	places     *places
	sizes      sizes
	figures    figures
	report     report
	deliveries map[string]*delivery // by contender
	progress   io.Writer
}

// scenario measures one thing. Its error says that it could not be measured.
type scenario struct {
	name   string
	rounds func(sizes) int // whose medians count
	run    func(b *bench, ctx context.Context) error
}

// scenarios come in this order for the sake of those that are sensitive: some of the
// others have a goroutine for each job, and what such a crowd leaves behind in the process
// makes every collection of garbage longer that comes after it.
var scenarios = []scenario{
	{"late", often, (*bench).late},
	{"slots", often, (*bench).slots},
	{"beside", seldom, (*bench).beside},
	{"foreign", once, (*bench).foreign},
	{"memory", once, (*bench).memory},
	{"claims", often, (*bench).claims},
	{"daemons", often, (*bench).daemons},
	{"push", often, (*bench).pushes},
	{"cycle", often, (*bench).cycles},
	{"history", often, (*bench).history},
	{"report", seldom, (*bench).reporting},
	{"peers", once, (*bench).latePeers},
	{"twice", once, (*bench).twoMachines},
}

// The contenders with a part in the bars.
const (
	floorName = "floor"
	oursName  = "simplest_script"
	riverBest = "River, tuned"
)

func theFloor() entrant   { return entrant{name: floorName, open: openFloor} }
func theMachine() entrant { return entrant{name: oursName, open: openOurs} }
func theOriginal() entrant {
	return entrant{name: "the original", open: openOriginal(1), pushFirst: true}
}

// everybody returns all contenders.
func everybody() []entrant {
	return []entrant{
		theFloor(), theMachine(),
		{name: "asynq", open: openAsynq(0)},
		{name: "River", open: openRiver(false), slow: true}, {name: riverBest, open: openRiver(true)},
		theOriginal(),
	}
}

// inTurn returns all contenders, in every other round in the reverse order: none is
// always the one that comes after the same other, and pays for what that left behind.
func inTurn(round int) []entrant {
	all := everybody()
	if round%2 == 1 {
		slices.Reverse(all)
	}
	return all
}

// say tells who waits what is going on.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(b.progress, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

// played is what one measurement saw.
type played struct {
	*journal
	took time.Duration // from the first push until the last job was done
}

// play opens the entrant, gives it the jobs, and returns when all are done, or when
// it is clear that they will not be.
func (b *bench) play(ctx context.Context, e entrant, jobs func(began time.Time) []job) (p played, err error) {
	c, err := e.open(ctx, b.places)
	if err != nil {
		return p, fmt.Errorf("opening %s: %w", e.name, err)
	}
	defer func() { err = firstError(err, c.close()) }()
	return b.playOn(ctx, e, c, jobs)
}

func (b *bench) playOn(ctx context.Context, e entrant, c contender, jobs func(began time.Time) []job) (p played, err error) {
	began := time.Now()
	all := jobs(began)
	p.journal = newJournal(all)
	var stop func() error
	if e.pushFirst {
		err = pushAll(ctx, c, all)
	}
	if err == nil {
		stop, err = c.work(ctx, p.journal)
	}
	if err == nil && !e.pushFirst {
		began = time.Now()
		err = pushAll(ctx, c, all)
	}
	if err == nil {
		if late := time.Since(all[0].due); p.isDelayed(began) && late > 0 {
			b.say("  %s: the push took %v longer than there was time for", e.name, late)
		}
		if waited := p.wait(ctx); waited != nil {
			b.say("  %s: %v", e.name, waited)
			p.ended = time.Now()
		}
		p.took = p.ended.Sub(began)
	}
	if stop != nil {
		err = firstError(err, stop())
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w", e.name, err)
	}
	return p, b.deliver(ctx, e.name, c, p.journal)
}

// isDelayed tells whether the jobs were to begin some time after they were pushed.
func (j *journal) isDelayed(began time.Time) bool { return j.due[0].Sub(began) > time.Second }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
