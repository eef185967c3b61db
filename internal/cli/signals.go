package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// interruptible returns a context that ends with the first SIGTERM or Ctrl-C, or
// when stop is called. The second signal ends the process on the spot.
func interruptible(ctx context.Context, people io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	ignoreBrokenPipes()
	over := make(chan struct{})
	go func() {
		defer signal.Stop(signals)
		for n := 1; ; n++ {
			select {
			case <-over:
				return
			case s := <-signals:
				if n == 2 {
					fmt.Fprintf(people, "%s again: ending at once\n", s)
					os.Exit(exitError)
				}
				fmt.Fprintf(people, "%s: taking no more work, waiting for what runs; once more ends at once\n", s)
				cancel()
			}
		}
	}()
	return ctx, cancel
}
