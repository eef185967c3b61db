//go:build linux

package cron_test

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
)

// BenchmarkTaskStart starts tasks that do nothing, two at a time for each core, and
// waits for their outcomes: permission, process, first act, outcome. The processor
// time is that of the runs' processes and of this one, which is the daemon's side.
func BenchmarkTaskStart(b *testing.B) {
	for _, d := range []sqldb.Dialect{sqldb.SQLite, sqldb.MySQL} {
		b.Run(string(d), func(b *testing.B) {
			cfg := dbtest.Config(b, d)
			db, err := dbtest.Services(b, cfg).Own(b.Context())
			require.NoError(b, err)
			require.NoError(b, schema.Migrate(b.Context(), db))
			require.NoError(b, os.MkdirAll(filepath.Join(cfg.Home, "etc"), 0o750))
			require.NoError(b, os.WriteFile(filepath.Join(cfg.Home, "etc", "test.yaml"), []byte("Port: -1\n"), 0o600))
			ledger := crontab.NewLedger(db)
			launcher := &crontab.Launcher{
				Args: []string{"task", "--home", cfg.Home}, Dir: cfg.Home, Outputs: filepath.Join(cfg.Home, "out"),
				Env: append(os.Environ(), "SCRIPT_ENV=test", journalVariable+"="+cfg.Home, "SCRIPT_MYSQL_DBCONSOLE="+cfg.Mysql[dbtest.Own].Reveal()),
			}
			b.SetParallelism(2)
			runs, here := processorTime(b, syscall.RUSAGE_CHILDREN), processorTime(b, syscall.RUSAGE_SELF)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					runOnce(b, ledger, launcher)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
			b.ReportMetric((processorTime(b, syscall.RUSAGE_CHILDREN)-runs)/float64(b.N), "run-cpu-ms/op")
			b.ReportMetric((processorTime(b, syscall.RUSAGE_SELF)-here)/float64(b.N), "daemon-cpu-ms/op")
		})
	}
}

// processorTime returns the milliseconds that this process, or the children that it
// has waited for, have used.
func processorTime(b *testing.B, who int) float64 {
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(who, &u))
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}

func runOnce(b *testing.B, ledger *crontab.Ledger, launcher *crontab.Launcher) {
	ctx := context.Background()
	_, wait, err := crontab.StartByHand(ctx, ledger, launcher, "bench", crontab.Entry{ID: "nothing", ExecCmd: "nothing", Timeout: time.Minute})
	if err != nil {
		b.Error(err)
		return
	}
	if r, err := wait(ctx); err != nil || r.State != crontab.Success {
		b.Errorf("%s: %s: %v", r.State, r.Reason, err)
	}
}
