package kafka

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// Source brings the messages of one topic to one group. It is a core.Source: each
// partition that the group gives to it is a lane. Its methods may be called
// concurrently; Run runs once at a time.
type Source struct {
	open    Open
	options Options
	wrong   error // what is wrong with the options
	log     *zap.Logger
	away    *outage.Outage
	gauge   *gauge
	link    *link // for commits
}

// NewSource returns a Source. It does no I/O: open is asked for the brokers, and
// they are connected to, by Run and Lag.
func NewSource(open Open, options Options, log *zap.Logger) *Source {
	o := options.withDefaults()
	log = log.With(zap.String("topic", o.Topic), zap.String("group", o.GroupID))
	return &Source{
		open: open, options: o, wrong: o.check(), log: log,
		away:  outage.New(log, "reading topic "+o.Topic+" as group "+o.GroupID),
		gauge: newGauge(open, o, log), link: newLink(open, o),
	}
}

// Run takes part in the group until intake ends, and calls serve with each
// partition that it is given. When a partition is taken away, or intake ends, what
// has been begun may be finished within Options.Rebalance; then its context ends
// with the cause core.ErrLeaseLost. What is done by then is committed.
func (s *Source) Run(intake, work context.Context, serve core.Serve) error {
	if s.wrong != nil {
		return fmt.Errorf("reading topic %q as group %q: %w", s.options.Topic, s.options.GroupID, s.wrong)
	}
	s.gauge.keep()
	defer s.gauge.close()
	s.link.keep()
	defer s.link.close()
	dead := newBurier(s.open, s.options, s.log)
	defer dead.hangUp() // every dead letter has been waited for
	watch := &stalls{answered: map[int32]int64{}}
	for intake.Err() == nil {
		err := s.member(intake, work, serve, dead).run(watch)
		switch {
		case intake.Err() != nil:
		case err == nil: // it left to join anew
		case hopeless(err):
			return err
		default:
			outage.Sleep(intake, s.away.Failed(err))
		}
	}
	return nil
}

// sampled returns a logger that writes each message once in half a minute: the
// errors of a broken connection come in swarms.
func sampled(log *zap.Logger) *zap.Logger {
	return log.WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core {
		return zapcore.NewSamplerWithOptions(c, 30*time.Second, 1, 0)
	}))
}
