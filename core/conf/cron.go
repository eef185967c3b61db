package conf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"simplest_script/core/conf/strict"
)

// What stands in a field; sunday finds a 7 among its numbers.
var (
	numbers  = cronField("")
	months   = cronField("|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
	weekdays = cronField("|sun|mon|tue|wed|thu|fri|sat")
	sunday   = lazily(`(^|[,-])7($|[,/-])`)
)

// cronField is a list with commas: stars or ranges, each with a step or without.
func cronField(words string) func() *regexp.Regexp {
	word := `(\d{1,9}` + words + `)`
	part := `([*?]|` + word + `(-` + word + `)?)(/\d{1,9})?`
	return lazily(`(?i)^` + part + `(,` + part + `)*$`)
}

// ParseCron parses a cron specification: second, minute, hour, day, month and
// weekday, or a descriptor such as @hourly or @every 10s. A time zone can stand
// before either, as in TZ=Asia/Shanghai 0 0 2 * * *; otherwise loc is meant. What
// the parser behind it would take in silence, and then run never or at other
// times than it says, is an error.
func ParseCron(spec string, loc *time.Location) (cron.Schedule, error) {
	rest, zoned, err := cutZone(spec)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(rest, "@every") {
		err = checkEvery(rest)
	} else if !strings.HasPrefix(rest, "@") {
		err = checkFields(strings.Fields(rest))
	}
	if err != nil {
		return nil, err
	}
	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse(spec)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "failed to parse "))
	}
	if s, ok := schedule.(*cron.SpecSchedule); ok {
		if !fires(*s) {
			return nil, errors.New("it never fires, since there is no such date")
		}
		if !zoned {
			s.Location = loc
		}
	}
	return schedule, nil
}

// cutZone returns a specification without its time zone. The parser panics where
// nothing comes after the zone.
func cutZone(spec string) (rest string, zoned bool, err error) {
	if !strings.HasPrefix(spec, "TZ=") && !strings.HasPrefix(spec, "CRON_TZ=") {
		return spec, false, nil
	}
	zone, rest, _ := strings.Cut(spec, " ")
	_, name, _ := strings.Cut(zone, "=")
	rest = strings.TrimSpace(rest)
	switch _, err := time.LoadLocation(name); {
	case err != nil || name == "":
		return "", true, fmt.Errorf("the time zone %s is not known", strict.Quote(name))
	case rest == "":
		return "", true, errors.New("nothing comes after the time zone")
	}
	return rest, true, nil
}

// checkEvery refuses what the parser would round in silence.
func checkEvery(rest string) error {
	interval, err := time.ParseDuration(strings.TrimPrefix(rest, "@every "))
	switch {
	case err != nil:
		return errors.New("@every wants a duration, as in @every 1h30m")
	case interval < time.Second:
		return errors.New("@every wants at least one second")
	case interval%time.Second != 0:
		return errors.New("@every wants whole seconds")
	}
	return nil
}

// checkFields looks at what the parser takes in silence, such as an empty list,
// and at what it refuses in the words of a number parser.
func checkFields(fields []string) error {
	wanted := []struct {
		name    string
		pattern func() *regexp.Regexp
	}{{"second", numbers}, {"minute", numbers}, {"hour", numbers}, {"day", numbers}, {"month", months}, {"weekday", weekdays}}
	if len(fields) == len(wanted)-1 {
		return errors.New("it has 5 fields, and wants 6: the seconds come first")
	}
	if len(fields) != len(wanted) {
		return fmt.Errorf("it has %d fields, and wants 6", len(fields))
	}
	for i, field := range fields {
		if !wanted[i].pattern().MatchString(field) {
			return fmt.Errorf("%s is no %s", strict.Quote(field), wanted[i].name)
		}
	}
	if sunday().MatchString(fields[5]) {
		return errors.New("a weekday is 0 to 6, where 0 is Sunday")
	}
	return nil
}

// fires tells whether there is any such date. The parser looks five years ahead,
// so that it starts here before a leap day.
func fires(s cron.SpecSchedule) bool {
	s.Location = time.UTC
	return !s.Next(time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)).IsZero()
}
