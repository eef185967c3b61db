package crontab

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"simplest_script/core/conf"
)

// Schedule tells when an entry is due. Its times are whole seconds.
type Schedule interface {
	// Next returns the first tick after t; the zero time where there is none.
	Next(t time.Time) time.Time
}

// ParseSchedule parses a specification as conf.ParseCron does, and adds what the
// library behind it leaves open, so that all daemons of a partition mean the same
// ticks at all times:
//
//   - @every is counted from the Unix epoch, not from the start of a daemon.
//   - An entry for every hour follows elapsed time: where clocks are put back it
//     runs through the hour twice, where they are put forward the hour is not there.
//   - An entry for certain hours follows the wall clock: a time that is there twice
//     is due the first time only, and one that is left out is due at the moment when
//     the clocks are put forward.
func ParseSchedule(spec string, loc *time.Location) (Schedule, error) {
	parsed, err := conf.ParseCron(spec, loc)
	if err != nil {
		return nil, err
	}
	switch s := parsed.(type) {
	case cron.ConstantDelaySchedule:
		return interval(s.Delay / time.Second), nil
	case *cron.SpecSchedule:
		fields := *s
		fields.Location = time.UTC
		if everyHour(fields) {
			return elapsed{wall{fields}, s.Location}, nil
		}
		return clockwise{wall{fields}, s.Location}, nil
	}
	return nil, fmt.Errorf("a schedule of the unknown type %T", parsed)
}

// interval is a number of seconds, counted from the epoch.
type interval int64

func (i interval) Next(t time.Time) time.Time {
	return time.Unix((t.Unix()/int64(i)+1)*int64(i), 0)
}

// everyHour tells whether the hours of s are all that there are.
func everyHour(s cron.SpecSchedule) bool {
	const all = 1<<24 - 1
	return s.Hour&all == all
}

// wall computes with readings of a clock on the wall. A reading is written as a
// time in UTC, where every reading is there exactly once.
type wall struct{ fields cron.SpecSchedule }

func (w wall) next(reading time.Time) time.Time { return w.fields.Next(reading) }

// elapsed is due whenever the clock shows one of its readings.
type elapsed struct {
	wall
	loc *time.Location
}

// Next looks into one stretch of time after the other in which nobody puts the
// clock back or forward.
func (e elapsed) Next(t time.Time) time.Time {
	at, after := t, t
	for {
		at = at.In(e.loc)
		_, offset := at.Zone()
		reading := e.next(readingOf(after, offset))
		if reading.IsZero() {
			return time.Time{}
		}
		tick := instantOf(reading, offset)
		_, end := at.ZoneBounds()
		if end.IsZero() || tick.Before(end) {
			return tick
		}
		at, after = end, end.Add(-time.Second) // the end may be due itself
	}
}

// clockwise is due when the clock first shows one of its readings, or has passed it.
type clockwise struct {
	wall
	loc *time.Location
}

// Next tries the readings after the one at t. Where the clock was put back before
// t, the first of them have been due already.
func (c clockwise) Next(t time.Time) time.Time {
	_, offset := t.In(c.loc).Zone()
	for reading := readingOf(t, offset); ; {
		reading = c.next(reading)
		if reading.IsZero() {
			return time.Time{}
		}
		if tick := firstAt(reading, c.loc); tick.After(t) {
			return tick
		}
	}
}

// surely is a time that is longer than any difference between two zones, so that
// the offsets so long before and after a reading are those before and after a
// change of the clock that is in its neighbourhood.
const surely = 26 * time.Hour

// firstAt returns when a clock in loc first shows reading or a later one.
func firstAt(reading time.Time, loc *time.Location) time.Time {
	_, before := reading.Add(-surely).In(loc).Zone()
	_, after := reading.Add(surely).In(loc).Zone()
	early, late := instantOf(reading, max(before, after)), instantOf(reading, min(before, after))
	for _, t := range []time.Time{early, late} {
		if _, offset := t.In(loc).Zone(); readingOf(t, offset).Equal(reading) {
			return t
		}
	}
	// The clock never shows it: it is put forward between the two.
	change, _ := late.In(loc).ZoneBounds()
	return change.Truncate(time.Second)
}

// readingOf returns what a clock shows at t that is offset seconds east of UTC.
func readingOf(t time.Time, offset int) time.Time {
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// instantOf returns when a clock shows reading that is offset seconds east of UTC.
func instantOf(reading time.Time, offset int) time.Time {
	return reading.Add(-time.Duration(offset) * time.Second)
}
