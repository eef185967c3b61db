package logger

import (
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// lineCore is the zapcore.Core behind every logger: it encodes an entry as one
// line, and hands it to a Set.
type lineCore struct {
	set *Set   // nil: the default at the time of each line
	dir string // clean
	enc zapcore.Encoder
}

var (
	_ zapcore.Core  = (*lineCore)(nil)
	_ zapcore.Clock = (*lineCore)(nil)
)

func newLogger(s *Set, dir string) *zap.Logger {
	c := &lineCore{set: s, dir: cleanDir(dir), enc: newEncoder()}
	return zap.New(c, zap.WithClock(c))
}

// newEncoder writes JSON that begins with time, level and msg. zap would put the
// level before the time; in the place of the logger's name, which comes after
// the time, it stands where lines align and sort.
func newEncoder() zapcore.Encoder {
	return zapcore.NewJSONEncoder(zapcore.EncoderConfig{
		TimeKey:        "time",
		NameKey:        "level",
		MessageKey:     "msg",
		StacktraceKey:  "stack",
		EncodeTime:     zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z07:00"),
		EncodeDuration: zapcore.StringDurationEncoder,
		EncodeName:     zapcore.FullNameEncoder,
	})
}

func (c *lineCore) target() *Set {
	if c.set != nil {
		return c.set
	}
	return defaultSet()
}

func (c *lineCore) Enabled(l zapcore.Level) bool { return c.target().level.Enabled(l) }

func (c *lineCore) With(fields []zapcore.Field) zapcore.Core {
	clone := *c
	clone.enc = c.enc.Clone()
	for _, f := range fields {
		f.AddTo(clone.enc)
	}
	return &clone
}

func (c *lineCore) Check(ent zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(ent.Level) {
		return ce.AddCore(ent, c)
	}
	return ce
}

// Write never returns an error: zap would print each one to standard error, and
// the Set counts them and speaks of them once a minute.
func (c *lineCore) Write(ent zapcore.Entry, fields []zapcore.Field) error {
	s := c.target()
	ent.Time = ent.Time.In(s.opts.Location)
	if ent.LoggerName != "" {
		fields = append(slices.Clip(fields), zap.String("logger", ent.LoggerName))
	}
	ent.LoggerName = ent.Level.String()
	line, err := c.enc.EncodeEntry(ent, fields)
	if err != nil {
		s.lose(fmt.Errorf("encoding the line %q: %w", ent.Message, err))
		return nil
	}
	defer line.Free()
	s.write(c.dir, ent.Time, line.Bytes())
	return nil
}

// Sync has nothing to do: no line is held back.
func (c *lineCore) Sync() error { return nil }

// Now lets zap stamp entries by the clock of the Set.
func (c *lineCore) Now() time.Time { return c.target().opts.Now() }

// NewTicker is what zapcore.Clock asks for beside Now; no part in use ticks.
func (c *lineCore) NewTicker(d time.Duration) *time.Ticker { return time.NewTicker(d) }
