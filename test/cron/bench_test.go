//go:build linux

package cron_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
)

// BenchmarkTaskStart starts tasks that do nothing, two at a time for each core, and
// waits for their outcomes: permission, process, first act, outcome.
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
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					runOnce(b, ledger, launcher)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "starts/s")
		})
	}
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
