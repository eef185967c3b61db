//go:build linux

package cron_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
)

// audit holds the rows against what the tasks noted themselves.
func (w *world) audit() {
	w.Helper()
	all := w.ticks("script_cron_run")
	require.Len(w, all, int(all[len(all)-1]-all[0])+1, "every tick has exactly one outcome: %v", all)

	begun, ended, failed, slain := w.notedTicks("begin"), w.notedTicks("end"), w.notedTicks("fail"), w.notedTicks("slain")
	require.Equal(w, slices.Compact(slices.Clone(begun)), begun, "no tick ran twice")
	rows := map[string][]int64{}
	for _, state := range []string{"success", "failed", "lost", "missed"} {
		rows[state] = w.ticks("script_cron_run WHERE state = '" + state + "'")
	}
	w.Logf("%s: %d ticks, %d success, %d failed, %d lost, %d missed, %d daemons", w.db.Dialect, len(all),
		len(rows["success"]), len(rows["failed"]), len(rows["lost"]), len(rows["missed"]), w.runs)
	require.Equal(w, ended, rows["success"], "every run that did well is known as such, and nothing else is")
	for _, tick := range failed {
		require.Contains(w, rows["failed"], tick, "what failed is known as that")
	}
	// Of one that was killed a daemon that lives sees the end, another one that it is gone.
	require.Equal(w, sorted(failed, slain), sorted(rows["failed"], rows["lost"]), "nothing else has failed, or was lost")
	require.Equal(w, sorted(ended, failed, slain), begun, "a killed daemon kills no task")
	require.Equal(w, all, sorted(begun, rows["missed"]), "what did not run is missed: %s", strings.Join(w.reasons(), "; "))
	for _, state := range []string{"success", "failed", "lost"} {
		require.Equal(w, len(rows[state]), w.count("crontab_log WHERE status = '"+state+"'"), "crontab_log, %s", state)
	}
}

// ticks returns the ticks of rows in their order, in seconds.
func (w *world) ticks(rows string) []int64 {
	w.Helper()
	ticks, err := sqldb.Column[int64](w.db.QueryContext(context.Background(), "SELECT tick FROM "+rows))
	require.NoError(w, err)
	return sorted(ticks)
}

// notedTicks returns the ticks of the tasks that have noted a word, as ticks does.
func (w *world) notedTicks(word string) (ticks []int64) {
	w.Helper()
	for _, id := range w.noted(word) {
		at, err := time.Parse(time.RFC3339, id[strings.LastIndexByte(id, '/')+1:])
		require.NoError(w, err)
		ticks = append(ticks, at.Unix())
	}
	return sorted(ticks)
}

// sorted returns all ticks in their order.
func sorted(ticks ...[]int64) []int64 {
	all := append([]int64{}, slices.Concat(ticks...)...)
	slices.Sort(all)
	return all
}

func (w *world) reasons() []string {
	reasons, err := sqldb.Column[string](w.db.QueryContext(context.Background(), "SELECT reason FROM script_cron_run WHERE reason <> ''"))
	require.NoError(w, err)
	return reasons
}
