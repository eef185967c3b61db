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
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// settings is etc/test.yaml of the daemons, which share a home.
const settings = `Name: bench
Host: 127.0.0.1
Port: 0
Mysql:
  %s: %q
Logger:
  Path: logs
  Level: warn
Drain: 60s
`

// fleet is some daemons, each a process of its own.
type fleet struct {
	home    string
	daemons []*daemon
	said    chan word
	ears    sync.WaitGroup
}

type daemon struct {
	cmd   *exec.Cmd
	stdin io.Closer
	runs  string
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

func (f *fleet) launch(r role) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	d := &daemon{cmd: exec.Command(program), runs: r.Runs}
	d.cmd.Dir = f.home
	d.cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.home, "SCRIPT_HOME=" + f.home, "SCRIPT_ENV=test",
		"SCRIPT_PARTITION=script" + strconv.Itoa(len(f.daemons)+1), roleVariable + "=" + string(text),
	}
	d.cmd.Stderr = os.Stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if d.stdin, err = d.cmd.StdinPipe(); err != nil {
		return err
	}
	if err := d.cmd.Start(); err != nil {
		return err
	}
	number := len(f.daemons)
	f.ears.Go(func() { f.listen(number, out) })
	f.daemons = append(f.daemons, d)
	return nil
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

func (d *daemon) read(j *journal) error {
	file, err := os.Open(d.runs)
	if err != nil {
		return err
	}
	defer file.Close()
	for in := bufio.NewReader(file); ; {
		var r run
		if err := binary.Read(in, binary.LittleEndian, &r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		j.ran(int(r.Index), time.Duration(r.Late))
	}
}
