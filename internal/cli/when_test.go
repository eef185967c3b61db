package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	require.NoError(t, err)
	return z
}

func TestParseMoment(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	for text, want := range map[string]string{
		"2026-11-22 08:00:00":           "2026-11-22T08:00:00+08:00",
		"2026-11-22T08:00:00":           "2026-11-22T08:00:00+08:00",
		"2026-11-22 08:00:00.25":        "2026-11-22T08:00:00.25+08:00",
		"2026-11-22 08:00:00.250000001": "2026-11-22T08:00:00.251+08:00", // never early
		"2026-11-22 08:00":              "2026-11-22T08:00:00+08:00",
		"2026-11-22":                    "2026-11-22T00:00:00+08:00",
		"2026-11-22T08:00:00Z":          "2026-11-22T16:00:00+08:00",
		"2026-11-22T08:00:00.5-05:00":   "2026-11-22T21:00:00.5+08:00",
		"1795305600":                    "2026-11-22T08:00:00+08:00",
		"1795305600.250":                "2026-11-22T08:00:00.25+08:00",
		"1795305600.0000000009":         "2026-11-22T08:00:00+08:00",
		"2106-02-07T06:28:15.999Z":      "2106-02-07T14:28:15.999+08:00", // the last
	} {
		got, err := parseMoment(text, shanghai)
		require.NoError(t, err, text)
		require.Equal(t, want, got.In(shanghai).Format(time.RFC3339Nano), text)
	}
}

func TestParseMomentRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "is no time",
		"noon":                 "is no time",
		"08:00":                "is no time",
		"2026-13-01":           "is no time",
		"2026-02-30 08:00:00":  "is no time",
		"22.11.2026":           "is no time",
		"1795305600250":        "beyond the year 2106",
		"99999999999999999999": "beyond the year 2106",
		"4294967296":           "beyond the year 2106",
		"2106-02-07T06:28:16Z": "beyond the year 2106: the last moment is 2106-02-07 07:28:15",
		"4294967295.9999":      "beyond the year 2106", // it would be rounded up
		"9999-12-31":           "beyond the year 2106",
		"2026-03-29 02:30:00":  "does not exist in Europe/Berlin: the clocks are set forward over it",
	} {
		_, err := parseMoment(text, zone(t, "Europe/Berlin"))
		require.ErrorContains(t, err, want, text)
	}
}

func TestParseBound(t *testing.T) {
	now := time.Unix(1_795_305_600, 0)
	for text, want := range map[string]int64{
		"10m":                 now.Unix() - 600,
		"-10m":                now.Unix() - 600,
		"+10m":                now.Unix() + 600,
		"0":                   0, // Unix seconds
		"2026-11-22 08:00:01": now.Unix() + 1,
		"2200-01-01":          7_258_089_600, // all jobs from a time on
	} {
		got, err := parseBound(text, zone(t, "Asia/Shanghai"), now)
		require.NoError(t, err, text)
		require.Equal(t, want, got.Unix(), text)
	}
	_, err := parseBound("yesterday", time.UTC, now)
	require.ErrorContains(t, err, "10m for ten minutes ago")
}

func TestMomentsForPeopleAndScripts(t *testing.T) {
	c := clock{zone: zone(t, "Asia/Shanghai"), now: time.UnixMilli(1_795_305_600_000)}
	require.Equal(t, "2026-11-22 08:00:01.250 (in 1.25s)", c.near(1_795_305_601_250))
	require.Equal(t, "2026-11-22 07:59:00.000 (1m0s ago)", c.near(1_795_305_540_000))
	require.Equal(t, "2026-11-22T08:00:01.250+08:00", c.stamp(1_795_305_601_250))
	require.Empty(t, c.near(0)+c.moment(0)+c.stamp(0))
}

func TestAbout(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                              "0ms",
		3 * time.Millisecond:           "3ms",
		1_234_567 * time.Microsecond:   "1.235s",
		61_234 * time.Millisecond:      "1m1s",
		90*time.Minute + time.Second:   "1h30m",
		49*time.Hour + 59*time.Minute:  "2 days",
		365*24*time.Hour + time.Second: "365 days",
	} {
		require.Equal(t, want, about(d))
	}
}
