package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/clock"
	"simplest_script/internal/app"
)

// roleVariable, where it is set, makes this program a daemon.
const roleVariable = "BENCH_DAEMON"

// role is what a daemon is told: how to run the one kind, and where to write what
// it ran.
type role struct {
	Concurrency int
	Takes       time.Duration // of the handler
	Runs        string        // file
}

// tellEvery is how often a daemon says how much is done.
const tellEvery = 10 * time.Millisecond

// run is a record of the file Runs.
type run struct {
	Index uint32
	Late  int64 // nanoseconds
}

// playDaemon is a whole daemon, as `simplest_script run` is one, until standard
// input ends.
func playDaemon(text string) error {
	var r role
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return err
	}
	file, err := os.Create(r.Runs)
	if err != nil {
		return err
	}
	d := &worker{role: r, runs: bufio.NewWriterSize(file, 1<<16)}
	m, err := app.Load("", os.Environ(), []plug.Module{{Name: "bench", Handlers: func(h plug.Handlers, _ *svc.Services) {
		h.Delay.Add(kindName, core.HandlerFunc(d.handle), core.Concurrency(r.Concurrency))
	}}})
	if err == nil {
		err = m.Report.Err()
	}
	if err == nil {
		err = m.Log(io.Discard, clock.System{})
	}
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	go d.tell(ctx)
	err = m.Run(ctx, app.RunOptions{Version: "bench", Observe: d.observe, Ready: func(string) { fmt.Println("ready") }})
	return errors.Join(err, m.Close(), d.runs.Flush(), file.Close())
}

// worker runs the jobs of a daemon.
type worker struct {
	role
	mu   sync.Mutex
	runs *bufio.Writer

	done   atomic.Int64
	doneAt atomic.Int64 // Unix nanoseconds, of the last one
}

func (w *worker) handle(ctx context.Context, t *core.Task) error {
	late := time.Since(t.DueAt)
	index, err := strconv.ParseUint(string(t.Payload), 10, 32)
	if err != nil {
		return err
	}
	if err := w.write(run{uint32(index), int64(late)}); err != nil || w.Takes == 0 {
		return err
	}
	over := time.NewTimer(w.Takes)
	defer over.Stop()
	select {
	case <-over.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (w *worker) write(r run) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return binary.Write(w.runs, binary.LittleEndian, r)
}

func (w *worker) observe(e delayqueue.Event) {
	if e.Type == delayqueue.Done {
		w.doneAt.Store(time.Now().UnixNano())
		w.done.Add(1)
	}
}

// tell says on standard output how many jobs are done, and since when.
func (w *worker) tell(ctx context.Context) {
	look := time.NewTicker(tellEvery)
	defer look.Stop()
	for told := int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if done := w.done.Load(); done != told {
			told = done
			fmt.Println("done", done, w.doneAt.Load())
		}
	}
}
