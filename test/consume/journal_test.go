//go:build unix

package consume_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// pen writes down each execution at once, by one write: what a daemon wrote before
// it was killed is there.
type pen struct {
	file    *os.File
	armed   string // a file; from when on it is there executions count
	counts  atomic.Bool
	counted atomic.Int64
	last    int64          // the execution after which
	signal  syscall.Signal // the daemon sends itself this signal
}

func newPen(dir string) *pen {
	path := filepath.Join(dir, strconv.Itoa(os.Getpid()))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err) // a test must not count what is not there
	}
	p := &pen{file: file, armed: armed(dir)}
	if text := os.Getenv(strikeVariable); text != "" {
		if _, err := fmt.Sscan(text, &p.last, &p.signal); err != nil {
			panic(err)
		}
	}
	return p
}

// strikeVariable lets a daemon strike itself: "n signal". From outside it could not
// be met in the middle of its work with certainty.
const strikeVariable = "CONSUME_STRIKE"

const lineFormat = "%d %d %d %d %s %d\n"

func (p *pen) note(t *core.Task) error {
	number, err := strconv.Atoi(string(t.Payload))
	if err != nil {
		return fmt.Errorf("%w: %w", err, core.ErrSkipRetry)
	}
	_, err = fmt.Fprintf(p.file, lineFormat, time.Now().UnixNano(), t.Partition, t.Offset, t.Attempt, t.ID, number)
	if p.last > 0 && p.isArmed() && p.counted.Add(1) == p.last {
		err = errors.Join(err, syscall.Kill(os.Getpid(), p.signal))
	}
	return err
}

func (p *pen) isArmed() bool {
	if !p.counts.Load() {
		_, err := os.Stat(p.armed)
		p.counts.Store(err == nil)
	}
	return p.counts.Load()
}

// armed is the file that tells daemons with this journal that the time for strikes has come.
func armed(dir string) string { return dir + ".armed" }

// execution is one call of a handler.
type execution struct {
	pid       int
	at        int64 // nanoseconds
	partition int32
	offset    int64 // of a Kafka message
	attempt   int
	id        string
	number    int // of the message, from 0 in the order of sending
}

// journal is what all daemons of a world have written so far.
type journal struct {
	tb   testing.TB
	dir  string
	read map[string]int64 // bytes by file
	runs []execution
	seen map[int]bool // by number
	by   map[int]int  // executions by pid
}

func newJournal(tb testing.TB, dir string) *journal {
	return &journal{tb: tb, dir: dir, read: map[string]int64{}, seen: map[int]bool{}, by: map[int]int{}}
}

// look reads what was added since the last look.
func (j *journal) look() {
	files, err := filepath.Glob(filepath.Join(j.dir, "*"))
	require.NoError(j.tb, err)
	for _, path := range files {
		pid, err := strconv.Atoi(filepath.Base(path))
		require.NoError(j.tb, err)
		text := j.unread(path)
		text = text[:bytes.LastIndexByte(text, '\n')+1]
		j.read[path] += int64(len(text))
		for line := range bytes.Lines(text) {
			j.add(pid, line)
		}
	}
}

func (j *journal) unread(path string) []byte {
	file, err := os.Open(path)
	require.NoError(j.tb, err)
	defer file.Close()
	_, err = file.Seek(j.read[path], io.SeekStart)
	require.NoError(j.tb, err)
	text, err := io.ReadAll(file)
	require.NoError(j.tb, err)
	return text
}

func (j *journal) add(pid int, line []byte) {
	f := bytes.Fields(line)
	number := func(i int) int64 {
		n, err := strconv.ParseInt(string(f[i]), 10, 64)
		if err != nil {
			require.NoError(j.tb, err, "%s", line)
		}
		return n
	}
	e := execution{
		pid: pid, at: number(0), partition: int32(number(1)), offset: number(2),
		attempt: int(number(3)), id: string(f[4]), number: int(number(5)),
	}
	j.runs = append(j.runs, e)
	j.seen[e.number] = true
	j.by[pid]++
}

// distinct returns how many messages were executed.
func (j *journal) distinct() int { j.look(); return len(j.seen) }

// within returns how many of n messages, numbered from first on, were executed.
func (j *journal) within(first, n int) (executed int) {
	j.look()
	for number := range n {
		if j.seen[first+number] {
			executed++
		}
	}
	return executed
}

// of returns how many executions a daemon has written down.
func (j *journal) of(pid int) int { j.look(); return j.by[pid] }

// after returns the messages of a daemon's executions but the first n. One that was
// halted may have begun them before.
func (j *journal) after(pid, n int) map[int]bool {
	j.look()
	later := map[int]bool{}
	for _, e := range j.runs {
		if e.pid != pid {
			continue
		}
		if n--; n < 0 {
			later[e.number] = true
		}
	}
	return later
}

// inOrder returns the executions of n messages, numbered from first on, in the
// order of time.
func (j *journal) inOrder(first, n int) []execution {
	j.look()
	theirs := slices.Clone(j.runs)
	theirs = slices.DeleteFunc(theirs, func(e execution) bool { return e.number < first || e.number >= first+n })
	slices.SortStableFunc(theirs, func(a, b execution) int { return cmp.Compare(a.at, b.at) })
	return theirs
}

// repeated returns the executions that were not the first of their message.
func (j *journal) repeated() (again []execution) {
	once := map[int]bool{}
	for _, e := range j.inOrder(0, math.MaxInt) {
		if once[e.number] {
			again = append(again, e)
		}
		once[e.number] = true
	}
	return again
}
