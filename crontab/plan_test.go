package crontab

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func states(rows []Run) (out []State) {
	for _, r := range rows {
		out = append(out, r.State)
	}
	return out
}

func planned(t *tracked, now time.Time) []Run {
	p := planner{partition: "p", now: now, late: 30 * time.Second}
	return p.plan(t, t.due(now))
}

func TestLateTicksAreRunAndOldOnesMissed(t *testing.T) {
	e := &tracked{Entry: Entry{ID: "e", Schedule: interval(20)}, pos: start, excuse: "the power was off"}
	rows := planned(e, start.Add(100*time.Second))
	require.Equal(t, []State{Missed, Missed, Missed, Starting, Starting}, states(rows))
	require.Equal(t, "the power was off", rows[0].Reason)
	require.Empty(t, planned(e, start.Add(19*time.Second)), "nothing is early")
}

func TestLongOutageIsToldInFewRows(t *testing.T) {
	e := &tracked{Entry: Entry{ID: "e", Schedule: interval(1)}, pos: start, excuse: "holidays"}
	now := start.Add(30 * 24 * time.Hour)
	rows := planned(e, now)
	require.Len(t, rows, 1+maxMissed)
	require.Equal(t, start.Add(time.Second).Unix(), rows[0].Tick.Unix())
	require.Equal(t, rows[1].Tick.Add(-time.Second).Unix(), rows[0].TickEnd.Unix(), "without a gap")
	require.Equal(t, now.Unix(), rows[maxMissed].Tick.Unix())
	require.Contains(t, rows[0].Reason, "holidays")

	e.Schedule = interval(86400 * 20)
	rows = planned(e, now)
	require.Equal(t, []State{Missed, Missed}, states(rows), "a rare entry has the ticks that it has")
}

func TestTicksOfTheFormerScheduleAreDecidedToo(t *testing.T) {
	e := &tracked{Entry: Entry{ID: "e", Schedule: interval(60)}, pos: start, backlog: ticksBetween(interval(10), start.Add(-20*time.Second), start)}
	require.Equal(t, []State{Starting, Starting}, states(planned(e, start)))
}
