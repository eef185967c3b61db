// Command delay measures the delay queue against the least that the same work can
// cost on the same server, and against its peers: asynq on Redis, River on
// PostgreSQL, and the algorithm of the original simplest_script. `make bench-delay`
// starts the servers for it.
//
// It prints its findings as Markdown, and ends with the exit code 1 where a bar is
// missed, or where the floor or the delay queue lost a job or ran one twice.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	var err error
	if text := os.Getenv(roleVariable); text != "" {
		err = playDaemon(text)
	} else {
		err = measure(os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-delay:", err)
		os.Exit(1)
	}
}

// measure runs the scenarios and reports to out; it tells progress what it does.
func measure(args []string, out, progress io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	flags := flag.NewFlagSet("bench-delay", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "small sizes, one round: some minutes, for a look")
	only := flags.String("only", "", "the scenarios whose names match this regular `expression`")
	var given sizes
	flags.IntVar(&given.rounds, "rounds", 0, "rounds of most scenarios, where not 5")
	flags.IntVar(&given.longRounds, "long-rounds", 0, "rounds of beside and report, where not 3")
	if err := flags.Parse(args); err != nil {
		return err
	}
	sizes := given.or(*quick)
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	places, err := findPlaces()
	if err != nil {
		return err
	}
	settings, err := places.describe(ctx)
	if err != nil {
		return err
	}
	b := &bench{places: places, sizes: sizes, figures: figures{}, deliveries: map[string]*delivery{}, progress: progress}
	began := time.Now()
	b.report.settings = append([]string{describeBox()}, settings...)
	err = b.runAll(ctx, wanted)
	b.tellDeliveries()
	missed := b.tellBars()
	b.report.settings = append(b.report.settings, fmt.Sprintf("%s; took %v, load at the end %s", sizes.tellRounds(wanted), time.Since(began).Round(time.Second), load()))
	b.report.write(out)
	for _, fault := range b.faults() {
		err = errors.Join(err, errors.New(fault))
	}
	if missed > 0 {
		err = errors.Join(err, fmt.Errorf("%d bars are missed", missed))
	}
	return err
}

// runAll goes on after a scenario that failed.
func (b *bench) runAll(ctx context.Context, wanted *regexp.Regexp) (err error) {
	for _, s := range scenarios {
		if !wanted.MatchString(s.name) || ctx.Err() != nil {
			continue
		}
		b.say("%s", s.name)
		if fault := s.run(b, ctx); fault != nil {
			b.say("  %v", fault)
			err = errors.Join(err, fmt.Errorf("%s: %w", s.name, fault))
		}
	}
	return errors.Join(err, ctx.Err())
}
