package cli

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// How people are shown a moment: in the configured time zone, to the millisecond.
const momentLayout = "2006-01-02 15:04:05.000"

// momentLayouts are how people may write one without a zone. After the seconds a
// fraction may follow.
var momentLayouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"}

var unixSeconds = regexp.MustCompile(`^\d+(\.\d+)?$`)

// parseMoment reads a moment for something to be done at: not beyond what the column
// exec_time holds, which is said here in the words of who has written it.
func parseMoment(s string, zone *time.Location) (time.Time, error) {
	t, err := readMoment(s, zone)
	if err == nil && t.Unix() > lastMoment.Unix() {
		return t, fmt.Errorf("%q is beyond the year 2106: the last moment is %s", s, lastMoment.In(zone).Format(momentLayouts[0]))
	}
	return t, err
}

// lastMoment is the last second that the column exec_time holds.
var lastMoment = time.Unix(math.MaxUint32, 0)

// readMoment reads a date and time of the zone, one of RFC 3339, or Unix seconds.
// It returns whole milliseconds, rounded up: a job must not be early.
func readMoment(s string, zone *time.Location) (time.Time, error) {
	if unixSeconds.MatchString(s) {
		return parseUnix(s)
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return roundUp(t.In(zone)), nil
	}
	for _, layout := range momentLayouts {
		t, err := time.ParseInLocation(layout, s, zone)
		if err != nil {
			continue
		}
		if !strings.HasPrefix(s, t.Format(layout)) {
			return t, fmt.Errorf("%q does not exist in %s: the clocks are set forward over it", s, zone)
		}
		return roundUp(t), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time: write '2026-11-22 08:00:00' (in %s), 2026-11-22T08:00:00+08:00, or Unix seconds such as 1795305600", s, zone)
}

func parseUnix(s string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || seconds > lastMoment.Unix() {
		return time.Time{}, fmt.Errorf("%s is beyond the year 2106 as Unix seconds; milliseconds are written as %s", s, "1795305600.250")
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	return roundUp(time.Unix(seconds, nanos)), nil
}

func roundUp(t time.Time) time.Time {
	if whole := t.Truncate(time.Millisecond); !whole.Equal(t) {
		return whole.Add(time.Millisecond)
	}
	return t
}

// parseBound reads one end of a range of time: a moment, or how long ago it was,
// such as 10m; with a plus before it, how far ahead it is. It may lie beyond the last
// job that there can be: nothing is to be done then.
func parseBound(s string, zone *time.Location, now time.Time) (time.Time, error) {
	if d, err := time.ParseDuration(s); err == nil && !unixSeconds.MatchString(s) {
		if strings.HasPrefix(s, "+") {
			return now.Add(d), nil
		}
		return now.Add(-d.Abs()), nil
	}
	t, err := readMoment(s, zone)
	if err != nil {
		return t, fmt.Errorf("%w; or 10m for ten minutes ago, +10m for ten minutes ahead", err)
	}
	return t, nil
}

// clock shows moments to people and scripts.
type clock struct {
	zone *time.Location
	now  time.Time // by the database, against which jobs are due
}

// moment is Unix milliseconds as people read them, or nothing for 0.
func (c clock) moment(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(c.zone).Format(momentLayout)
}

// near is moment, and how far it is from now.
func (c clock) near(ms int64) string {
	if ms == 0 {
		return ""
	}
	return c.moment(ms) + " (" + c.distance(ms) + ")"
}

// distance is how far a moment is from now, in words.
func (c clock) distance(ms int64) string {
	d := c.now.Sub(time.UnixMilli(ms))
	if d < 0 {
		return "in " + about(-d)
	}
	return about(d) + " ago"
}

// stamp is Unix milliseconds as scripts read them, or nothing for 0.
func (c clock) stamp(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).In(c.zone).Format("2006-01-02T15:04:05.000Z07:00")
}

const day = 24 * time.Hour

// about is a duration with as many digits as a person wants to know.
func about(d time.Duration) string {
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Hour:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Round(time.Millisecond).Milliseconds())
	}
	return d.Round(time.Millisecond).String()
}
