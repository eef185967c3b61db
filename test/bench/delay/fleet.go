package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// fleet is some daemons, each a process of its own.
type fleet struct {
	home    string
	daemons []*daemon
	said    chan word
	ears    sync.WaitGroup
}

// word is what a daemon says.
type word struct {
	daemon int
	ready  bool
	done   int
	at     time.Time
	gone   bool
}

// startFleet starts n daemons and returns when they are ready.
func startFleet(ctx context.Context, d *database, n int, r role) (*fleet, error) {
	home, err := os.MkdirTemp("", "bench_delay")
	if err != nil {
		return nil, err
	}
	f := &fleet{home: home, said: make(chan word, 100)}
	err = os.Mkdir(filepath.Join(home, "etc"), 0o755)
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "etc", "test.yaml"), fmt.Appendf(nil, settings, ownName, d.dsn), 0o600)
	}
	for i := 0; i < n && err == nil; i++ {
		r.Runs = filepath.Join(home, "runs"+strconv.Itoa(i))
		err = f.launch(r)
	}
	for ready := 0; ready < n && err == nil; {
		var w word
		if w, err = f.next(ctx, time.Minute); w.ready {
			ready++
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.stop(nil))
	}
	return f, nil
}

func (f *fleet) listen(daemon int, out io.Reader) {
	for lines := bufio.NewScanner(out); lines.Scan(); {
		w := word{daemon: daemon, ready: lines.Text() == "ready"}
		if fields := strings.Fields(lines.Text()); len(fields) == 3 {
			w.done, _ = strconv.Atoi(fields[1])
			nanos, _ := strconv.ParseInt(fields[2], 10, 64)
			w.at = time.Unix(0, nanos)
		}
		f.said <- w
	}
	f.said <- word{daemon: daemon, gone: true}
}

func (f *fleet) next(ctx context.Context, within time.Duration) (word, error) {
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case w := <-f.said:
		if w.gone {
			return w, fmt.Errorf("daemon %d has ended", w.daemon)
		}
		return w, nil
	case <-late.C:
		return word{}, fmt.Errorf("no daemon said anything for %v", within)
	case <-ctx.Done():
		return word{}, ctx.Err()
	}
}

// wait returns when so many jobs are done by all together, and when the last was.
func (f *fleet) wait(ctx context.Context, jobs int) (ended time.Time, err error) {
	done := make([]int, len(f.daemons))
	for sum := 0; sum < jobs; {
		w, err := f.next(ctx, time.Minute)
		if err != nil {
			return ended, fmt.Errorf("%d of %d jobs are done: %w", sum, jobs, err)
		}
		sum += w.done - done[w.daemon]
		done[w.daemon] = w.done
		if w.at.After(ended) {
			ended = w.at
		}
	}
	return ended, nil
}

// peakMemory returns the most that a daemon ever had in memory, in MB.
func (f *fleet) peakMemory(daemon int) (float64, error) {
	text := after(fmt.Sprintf("/proc/%d/status", f.daemons[daemon].cmd.Process.Pid), "VmHWM")
	kib, err := strconv.Atoi(strings.TrimSuffix(text, " kB"))
	return float64(kib) * 1024 / 1e6, err
}

// stop ends the daemons in good order, and enters what they ran into the journal.
func (f *fleet) stop(j *journal) (err error) {
	for _, d := range f.daemons {
		err = errors.Join(err, d.stdin.Close())
	}
	go func() {
		f.ears.Wait()
		close(f.said)
	}()
	for range f.said { // what they still say must not hold them up
	}
	for i, d := range f.daemons {
		if ended := d.cmd.Wait(); ended != nil {
			err = errors.Join(err, fmt.Errorf("daemon %d: %w", i, ended))
		}
	}
	for _, d := range f.daemons {
		if j != nil && err == nil {
			err = d.read(j)
		}
	}
	return errors.Join(err, os.RemoveAll(f.home))
}
