//go:build unix

package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"simplest_script/core"
	"simplest_script/test/rig/audit"
)

// journal is where one process writes down what it does, at once and by one write
// for each line: what it wrote before it was killed is there.
type journal struct {
	file *os.File
	last atomic.Int64 // number that was given to a run or a push
}

// line is one line of a journal; one of the three is set.
type line struct {
	Start *audit.Run  `json:"start,omitempty"`
	End   *audit.Run  `json:"end,omitempty"`
	Push  *audit.Push `json:"push,omitempty"`
	N     int64       `json:"n,omitempty"` // joins the end of a run or a push to its start
}

func openJournal(dir string) (*journal, error) {
	path := filepath.Join(dir, journalName(os.Getpid()))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_APPEND|os.O_WRONLY, 0o644)
	return &journal{file: file}, err
}

func journalName(pid int) string { return strconv.Itoa(pid) + ".jsonl" }

// write ends the process where it fails: a test must not count what is not there.
func (j *journal) write(l line) {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = j.file.Write(append(text, '\n'))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rig: writing the journal:", err)
		os.Exit(exitUseless)
	}
}

// noting is a handler that writes down when h is called and when it returns.
func (j *journal) noting(h core.Handler) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, t *core.Task) (err error) {
		id, err := strconv.ParseUint(t.ID, 10, 64)
		if err != nil {
			return err
		}
		run := audit.Run{PID: os.Getpid(), Job: id, Attempt: t.Attempt, Due: t.DueAt.UnixMilli(), Start: time.Now().UnixMilli()}
		n := j.last.Add(1)
		j.write(line{Start: &run, N: n})
		panicked := true
		defer func() {
			run.End = time.Now().UnixMilli()
			switch {
			case panicked:
				run.Error = "panic"
			case err != nil:
				run.Error = err.Error()
			}
			j.write(line{End: &run, N: n})
		}()
		err = h.Handle(ctx, t)
		panicked = false
		return err
	})
}

// pushing writes down what a push is about to do, and returns how to write down what
// came of it. Of a process that is killed in between nobody knows.
func (j *journal) pushing(p audit.Push) (pushed func(ids []uint64, err error) audit.PushOutcome) {
	say := j.telling(p)
	say(audit.Unknown, nil)
	return func(ids []uint64, err error) audit.PushOutcome {
		switch {
		case err == nil:
			return say(audit.Confirmed, ids)
		case errors.Is(err, core.ErrUnknownOutcome):
			return say(audit.Unknown, nil)
		}
		return say(audit.Refused, nil)
	}
}

// telling returns how to write down how far a push has come; the last word counts.
func (j *journal) telling(p audit.Push) (say func(audit.PushOutcome, []uint64) audit.PushOutcome) {
	n := j.last.Add(1)
	return func(outcome audit.PushOutcome, ids []uint64) audit.PushOutcome {
		p.Outcome, p.IDs = outcome, ids
		j.write(line{Push: &p, N: n})
		return outcome
	}
}

// readJournal returns what one process wrote.
func readJournal(path string) (runs []audit.Run, pushes []audit.Push, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	place := map[int64]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, nil, fmt.Errorf("%s: %q: %w", path, lines.Text(), err)
		}
		switch {
		case l.Start != nil:
			place[l.N] = len(runs)
			runs = append(runs, *l.Start)
		case l.End != nil:
			runs[place[l.N]] = *l.End
		case l.Push != nil:
			if i, begun := place[l.N]; begun {
				pushes[i] = *l.Push
				continue
			}
			place[l.N] = len(pushes)
			pushes = append(pushes, *l.Push)
		}
	}
	return runs, pushes, lines.Err()
}
