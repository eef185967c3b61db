package delayqueue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func TestFinishedJobsAreKeptAsLongAsSettingsSay(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		now := time.Now().Unix()
		row := func(status core.DelayStatus, ended int64) {
			_, err := r.db.ExecContext(t.Context(), "INSERT INTO delay_queue_log (exec_cmd, status, exec_time, end_time) VALUES ('k', ?, ?, ?)", status, ended, ended*1000)
			require.NoError(t, err)
		}
		for range 1500 { // more than one chunk
			row(core.DelayDone, now-7200)
		}
		row(core.DelayDone, now-1800)
		row(core.DelayFailed, now-7200)
		row(core.DelaySkipped, now-7200)
		row(core.DelayWaiting, now-7200) // of a kind that nobody knows
		r.cfg.UnknownAfter = time.Hour
		r.cfg.RetireEvery = 20 * time.Millisecond
		r.cfg.Keep = delayqueue.Retention{Done: time.Hour, Archive: true}
		r.start()
		count := func(table string) (n int) {
			require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n))
			return n
		}
		require.Eventually(t, func() bool { return count("delay_queue_log") == 3 }, patience, 20*time.Millisecond)
		require.Equal(t, 1501, count("script_delay_archive"))
	})
}
