package delayqueue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
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

// rounds tells when the retirer has been through all that it looks for, and knows what
// time it is.
type rounds struct {
	delayqueue.Store
	over chan struct{}
}

// ForgetArchived is what a round ends with.
func (s rounds) ForgetArchived(ctx context.Context, before int64, limit int) (int, error) {
	n, err := s.Store.ForgetArchived(ctx, before, limit)
	if err == nil && before > time.Now().Add(-24*time.Hour).Unix() {
		select {
		case s.over <- struct{}{}:
		default:
		}
	}
	return n, err
}

// Each of the statuses in which a job may have come to its end is kept as long as its
// own setting says, whatever the other one says.
func TestEachFinalStatusIsKeptAsLongAsItsOwnSettingSays(t *testing.T) {
	const short, age, long = time.Hour, 2 * time.Hour, 3 * time.Hour
	all := []core.DelayStatus{core.DelayDone, core.DelayFailed, core.DelayCancelled, core.DelaySkipped}
	byDone, byFailed := []core.DelayStatus{core.DelayDone, core.DelayCancelled, core.DelaySkipped}, []core.DelayStatus{core.DelayFailed}
	eachDatabase(t, func(r *rig) {
		for name, c := range map[string]struct {
			keep  delayqueue.Retention
			stays []core.DelayStatus
		}{
			"all for ever":           {delayqueue.Retention{}, all},
			"all too old":            {delayqueue.Retention{Done: short, Failed: short}, nil},
			"failed ones for ever":   {delayqueue.Retention{Done: short}, byFailed},
			"failed ones for longer": {delayqueue.Retention{Done: short, Failed: long}, byFailed},
			"others for ever":        {delayqueue.Retention{Failed: short}, byDone},
			"others for longer":      {delayqueue.Retention{Done: long, Failed: short}, byDone},
		} {
			r.t.Run(name, func(t *testing.T) {
				ended := time.Now().Add(-age)
				for _, status := range all {
					_, err := r.db.ExecContext(t.Context(), "INSERT INTO delay_queue_log (exec_cmd, status, exec_time, end_time) VALUES ('k', ?, ?, ?)", status, ended.Unix(), ended.UnixMilli())
					require.NoError(t, err)
				}
				over := make(chan struct{}, 1)
				daemon := *r
				daemon.t, daemon.wrap = t, func(s delayqueue.Store) delayqueue.Store { return rounds{s, over} }
				daemon.cfg.RetireEvery, daemon.cfg.Keep = 20*time.Millisecond, c.keep
				daemon.cfg.Keep.Archived = long
				daemon.start()
				for range 2 { // the second round has known the time from its beginning on
					select {
					case <-over:
					case <-time.After(patience):
						require.Fail(t, "no round came to its end")
					}
				}
				require.NoError(t, daemon.shutDown())
				left, err := sqldb.Column[core.DelayStatus](r.db.QueryContext(t.Context(), "SELECT status FROM delay_queue_log ORDER BY status"))
				require.NoError(t, err)
				require.ElementsMatch(t, c.stays, left)
				_, err = r.db.ExecContext(t.Context(), "DELETE FROM delay_queue_log")
				require.NoError(t, err)
			})
		}
	})
}
