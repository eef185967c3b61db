package demo_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/crontab"
	"simplest_script/internal/demo"
)

func TestCronRunsAreToldAsTheyEnded(t *testing.T) {
	tick := time.Date(2026, 5, 1, 8, 29, 40, 0, time.Local)
	run := func(state crontab.State, pid int, reason string) crontab.Run {
		return crontab.Run{
			Name: "demo task", ExecCmd: "demo_cron", Tick: tick, State: state, Reason: reason,
			Cost: 3 * time.Millisecond, Process: crontab.Process{PID: pid},
		}
	}
	for what, r := range map[string]crontab.Run{
		`done demo_cron "demo task", tick 08:29:40, process 7, success in 3ms`: run(crontab.Success, 7, ""),
		`failed demo_cron "demo task", tick 08:29:40, process 7: no space`:     run(crontab.Failed, 7, "no space"),
		`lost demo_cron "demo task", tick 08:29:40, process 7: it is gone`:     run(crontab.Lost, 7, "it is gone"),
		`skipped demo_cron "demo task", tick 08:29:40: the one before runs`:    run(crontab.Skipped, 0, "the one before runs"),
		`missed demo_cron "demo task", tick 08:29:40: nobody was there`:        run(crontab.Missed, 0, "nobody was there"),
	} {
		var out bytes.Buffer
		demo.New(&out).ObserveCron(r)
		_, told, _ := strings.Cut(out.String(), " ") // the first word is the time
		require.Equal(t, what, strings.Join(strings.Fields(told), " "))
	}
}
