package logger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options say where lines go and how long they are kept. A zero field means the
// default given with it.
type Options struct {
	Path       string           // the folder of the log, absolute, used for nothing else; required
	Level      string           // lines below it are left out: debug, info (the default), warn, error
	MaxSize    int64            // bytes after which a file is continued in a new one; 0: no limit
	MaxBackups int              // finished files kept per folder; 0: all
	MaxAgeDays int              // days for which finished files are kept; 0: for ever
	Compress   bool             // gzip finished files
	Location   *time.Location   // of the times in lines and the dates in names; time.Local
	Now        func() time.Time // the clock; time.Now
	Stdout     io.Writer        // is given each line as well; nil: nobody
	Err        io.Writer        // is told of trouble with the log itself; os.Stderr
}

// Set is a folder of log files with its sub-folders. It may be used by several
// goroutines, and several processes may have a Set on one folder.
type Set struct {
	opts    Options
	level   zap.AtomicLevel
	stdout  zapcore.WriteSyncer // nil: none
	folders sync.Map            // clean dir → *folder
	begun   chan struct{}       // tells Run that a new file was begun
	trouble trouble
	closed  atomic.Bool

	mu      sync.Mutex
	stops   []context.CancelFunc // of the Runs under way
	running sync.WaitGroup
}

// New returns a Set. It opens nothing: the folder is made with the first line.
func New(o Options) (*Set, error) {
	if !filepath.IsAbs(o.Path) {
		return nil, fmt.Errorf("the folder of the log must be an absolute path, not %q", o.Path)
	}
	if o.MaxSize < 0 || o.MaxBackups < 0 || o.MaxAgeDays < 0 {
		return nil, fmt.Errorf("the limits of the log must not be negative: size %d, backups %d, age in days %d",
			o.MaxSize, o.MaxBackups, o.MaxAgeDays)
	}
	s := newSet(o)
	if err := s.SetLevel(cmp.Or(o.Level, "info")); err != nil {
		return nil, err
	}
	return s, nil
}

func newSet(o Options) *Set {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Err == nil {
		o.Err = os.Stderr
	}
	s := &Set{opts: o, level: zap.NewAtomicLevel(), begun: make(chan struct{}, 1)}
	s.trouble.out = zapcore.Lock(zapcore.AddSync(o.Err))
	if o.Stdout != nil {
		s.stdout = zapcore.Lock(zapcore.AddSync(o.Stdout))
	}
	return s
}

// Logger returns a logger that writes to the folder dir of s, as NewLogger does
// for the default.
func (s *Set) Logger(dir string) *zap.Logger { return newLogger(s, dir) }

// SetLevel changes, at once and for all loggers of s, which lines are written.
func (s *Set) SetLevel(level string) error {
	switch level {
	case "debug", "info", "warn", "error":
		return s.level.UnmarshalText([]byte(level))
	}
	return fmt.Errorf("unknown log level %q: it is one of debug, info, warn, error", level)
}

// Dropped returns how many lines reached no file.
func (s *Set) Dropped() uint64 { return s.trouble.dropped.Load() }

// WriteErrors returns how many operations of the log failed: lines that could
// not be written, and files that could not be compressed or deleted.
func (s *Set) WriteErrors() uint64 { return s.trouble.errors.Load() }

// Close ends Run, waits for it, and closes the files. Lines that are logged later
// go to Options.Err. Closing twice does no harm.
func (s *Set) Close() error {
	s.mu.Lock()
	s.closed.Store(true)
	for _, stop := range s.stops {
		stop()
	}
	s.mu.Unlock()
	s.running.Wait()

	var errs []error
	s.folders.Range(func(_, v any) bool {
		errs = append(errs, v.(*folder).close())
		return true
	})
	return errors.Join(errs...)
}

func (s *Set) write(dir string, t time.Time, line []byte) {
	if s.stdout != nil {
		if _, err := s.stdout.Write(line); err != nil {
			s.trouble.report(s.opts.Now(), fmt.Errorf("writing to standard output: %w", err))
		}
	}
	err := s.folder(dir).write(t, line)
	if errors.Is(err, errClosed) {
		_, err = s.trouble.out.Write(line)
	}
	if err != nil {
		s.lose(err)
	}
}

// lose gives a line up because of err.
func (s *Set) lose(err error) {
	s.trouble.dropped.Add(1)
	s.trouble.report(s.opts.Now(), err)
}

func (s *Set) folder(dir string) *folder {
	if f, ok := s.folders.Load(dir); ok {
		return f.(*folder)
	}
	f, _ := s.folders.LoadOrStore(dir, &folder{
		set:  s,
		path: filepath.Join(s.opts.Path, filepath.FromSlash(dir)),
	})
	return f.(*folder)
}

func (s *Set) today() day { return dayOf(s.opts.Now().In(s.opts.Location)) }
