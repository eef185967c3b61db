package crontab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/crontab"
)

func entry(execCmd, params string) conf.CronEntry {
	return conf.CronEntry{Entry: conf.Entry{ExecCmd: execCmd, Name: execCmd, Active: true}, Cron: "0 * * * * *", Params: params}
}

func noTimeout(string) time.Duration { return 0 }

func TestIDsAreStable(t *testing.T) {
	all := []conf.CronEntry{entry("report", "a"), entry("report", "b"), entry("clean", ""), entry(strings.Repeat("长", 101), "")}
	ids := crontab.IDs(all)
	require.Equal(t, "report", ids[0])
	require.Regexp(t, `^report#[0-9a-f]{8}$`, ids[1])
	require.Equal(t, "clean", ids[2])
	require.Equal(t, 100, len([]rune(ids[3])))

	all[0].Active, all[1].Cron = false, "0 0 0 * * *"
	require.Equal(t, ids, crontab.IDs(all), "an edit of status or spec makes no other entry of it")
	all = append(all, entry("report", "c"))
	require.Equal(t, ids, crontab.IDs(all)[:4], "neither does one that is added")
}

func TestEntriesAreTheActiveOnes(t *testing.T) {
	all := []conf.CronEntry{entry("a", ""), entry("b", ""), entry("c", "")}
	all[0].Active = false
	all[1].Overlap, all[1].IsLog, all[1].TimeZone = "skip", 1, "Asia/Shanghai"
	all[2].Timeout = time.Minute
	entries, err := crontab.NewEntries(all, time.UTC, func(execCmd string) time.Duration {
		require.Equal(t, "b", execCmd)
		return time.Hour
	})
	require.NoError(t, err)
	require.Len(t, entries, 2)
	require.Equal(t, []any{"b", true, true, time.Hour, "CRON_TZ=Asia/Shanghai 0 * * * * *"},
		[]any{entries[0].ID, entries[0].Skip, entries[0].IsLog, entries[0].Timeout, entries[0].Spec})
	require.Equal(t, time.Minute, entries[1].Timeout)
}

// Weakness of the original: bad cron specs are ignored.
func TestOriginalWeaknessBadSpecsAreIgnored(t *testing.T) {
	all := []conf.CronEntry{entry("a", ""), entry("b", "")}
	all[0].Cron, all[1].Cron = "every day", "0 0 0 31 2 *"
	_, err := crontab.NewEntries(all, time.UTC, noTimeout)
	require.ErrorContains(t, err, `cron "every day" of a`)
	require.ErrorContains(t, err, `cron "0 0 0 31 2 *" of b`)
}
