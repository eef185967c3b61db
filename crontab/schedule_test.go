package crontab_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"simplest_script/crontab"
)

const instants = "2006-01-02T15:04:05Z07:00"

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(instants, text)
	require.NoError(t, err)
	return parsed
}

func TestTicksWhereTheClockIsPutForwardOrBack(t *testing.T) {
	for _, tt := range []struct {
		name, spec, zone, after string
		want                    []string
	}{
		{"a time that is left out in spring is due when the clock is put forward", "0 30 2 * * *", "America/New_York", "2026-03-07T12:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:30:00-04:00"}},
		{"several such times are due once", "0 */20 2 * * *", "America/New_York", "2026-03-08T00:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"a time that is there twice in autumn is due the first time", "0 30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"}},
		{"also when the daemon is started in the second hour", "0 30 1 * * *", "America/New_York", "2026-11-01T01:10:00-05:00",
			[]string{"2026-11-02T01:30:00-05:00"}},
		{"an entry of every hour goes on through the hour that is there twice", "0 0 * * * *", "America/New_York", "2026-11-01T00:30:00-04:00",
			[]string{"2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T02:00:00-05:00"}},
		{"and over the hour that is not there", "0 0 * * * *", "America/New_York", "2026-03-08T00:30:00-05:00",
			[]string{"2026-03-08T01:00:00-05:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"}},
		{"a day without midnight is not skipped", "0 0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00",
			[]string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}},
		{"a day that a country skipped is made up for", "0 0 12 * * *", "Pacific/Apia", "2011-12-29T13:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},
		{"half an hour is put forward", "0 15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"the 29th of February", "0 0 0 29 2 *", "Asia/Shanghai", "2026-01-01T00:00:00+08:00",
			[]string{"2028-02-29T00:00:00+08:00"}},
		{"@every is counted from the epoch", "@every 7s", "Asia/Shanghai", "1970-01-01T00:00:15Z",
			[]string{"1970-01-01T08:00:21+08:00", "1970-01-01T08:00:28+08:00"}},
		{"a zone of its own wins", "CRON_TZ=UTC 0 0 8 * * *", "Asia/Shanghai", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T16:00:00+08:00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			loc := zone(t, tt.zone)
			s, err := crontab.ParseSchedule(tt.spec, loc)
			require.NoError(t, err)
			var got []string
			now := at(t, tt.after)
			for range tt.want {
				now = s.Next(now)
				got = append(got, now.In(loc).Format(instants))
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestWrongSpecificationIsAnError(t *testing.T) {
	for _, spec := range []string{"", "* * * * *", "0 0 0 30 2 *", "TZ=UTC", "@every 500ms", "0 0 0 * * 7"} {
		_, err := crontab.ParseSchedule(spec, time.UTC)
		require.Error(t, err, spec)
	}
}

// Whatever the clock does, ticks are whole seconds that go on, a daemon that is
// started in between two of them means the next one too, and a daily entry is due
// once per day.
func TestTicksDoNotDependOnWhereOneBegins(t *testing.T) {
	zones := []string{"America/New_York", "Europe/London", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"}
	specs := []string{"0 30 2 * * *", "0 0 * * * *", "*/7 * 1-3 * * *", "0 0 0 * * *", "@every 90s", "15 10 0-23 * * 0"}
	rapid.Check(t, func(r *rapid.T) {
		loc := zone(t, rapid.SampledFrom(zones).Draw(r, "zone"))
		s, err := crontab.ParseSchedule(rapid.SampledFrom(specs).Draw(r, "spec"), loc)
		require.NoError(r, err)
		from := time.Unix(rapid.Int64Range(1.5e9, 1.9e9).Draw(r, "from"), rapid.Int64Range(0, 999_999_999).Draw(r, "ns"))
		tick := s.Next(from)
		require.True(r, tick.After(from))
		require.Zero(r, tick.Nanosecond())
		between := from.Add(time.Duration(rapid.Int64Range(0, int64(tick.Sub(from))-1).Draw(r, "between")))
		require.True(r, s.Next(between).Equal(tick))
	})
}

func TestDailyEntryIsDueOncePerDay(t *testing.T) {
	for _, name := range []string{"America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"} {
		loc := zone(t, name)
		for _, spec := range []string{"0 0 0 * * *", "0 30 1 * * *", "0 30 2 * * *"} {
			s, err := crontab.ParseSchedule(spec, loc)
			require.NoError(t, err)
			now, days := time.Date(2016, 1, 1, 12, 0, 0, 0, loc), 3*365+1
			for day := range days {
				now = s.Next(now)
				require.Equal(t, time.Date(2016, 1, 2+day, 12, 0, 0, 0, loc).YearDay(), now.In(loc).YearDay(), "%s %s %s", name, spec, now.In(loc))
			}
		}
	}
}
