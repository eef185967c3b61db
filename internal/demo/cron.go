package demo

import (
	"context"
	"fmt"
	"os"
	"time"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue"
	"simplest_script/crontab"
)

const cronCmd = "demo_cron"

// CronEntries are what would stand in crontab_script1.json for the demo.
func CronEntries() []conf.CronEntry {
	return []conf.CronEntry{{
		Entry: conf.Entry{Name: "demo task", ExecCmd: cronCmd, Status: conf.Dev.Bit(), Active: true},
		Cron:  "*/5 * * * * *", IsLog: 1,
	}}
}

// runTask is the handler of the cron entry. It runs in a process of its own.
func runTask(_ context.Context, t *core.Task) error {
	return t.SetResult(map[string]int{"pid": os.Getpid()})
}

// ObserveCron is a crontab.Observer.
func (d *Demo) ObserveCron(r crontab.Run) {
	text := fmt.Sprintf("%q, tick %s", r.Name, r.Tick.Local().Format("15:04:05"))
	if r.Process.PID != 0 {
		text += fmt.Sprintf(", process %d", r.Process.PID)
	}
	what := string(r.State)
	if r.State == crontab.Success { // a delay job that ended well is called done
		what = string(delayqueue.Done)
		text += ", success in " + r.Cost.Round(time.Millisecond).String()
	}
	if r.Reason != "" {
		text += ": " + r.Reason
	}
	d.line(what, "", r.ExecCmd, text)
}
