package app

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/admin"
	"simplest_script/core/tool/clock"
	"simplest_script/crontab"
)

// scheduler returns the component that runs the cron entries, and shows it in the
// metrics. It has no say in the daemon's lease: its permissions are rows that
// another daemon takes over one by one, and delay jobs need not be given up where
// cron hangs.
func (m *Machine) scheduler(open crontab.Opener, log *zap.Logger, metrics *admin.Metrics, further crontab.Observer) (*crontab.Scheduler, error) {
	cfg := crontab.Config{Partition: m.Config.Partition, Reap: os.Getpid() == 1}
	s := crontab.New(cfg, open, m.CronLauncher(), m.cronOutcomes(), clock.System{}, log, observeCron(metrics.Cron, further))
	metrics.Gauge("cron_behind_seconds", "How long ago all cron ticks were decided: about 1, more while the database is away or the scheduler hangs.",
		func() float64 { return s.Behind().Seconds() })
	return s, s.Apply(m.Config.Crontab, m.Config.Location, m.CronTimeout)
}

// CronTimeout is how long a run of a cron task may take where its entry does not
// say so; 0: as long as it wants.
func (m *Machine) CronTimeout(execCmd string) time.Duration {
	reg, _ := m.Handlers.Cron.Lookup(execCmd)
	return reg.Options.Timeout
}

// CronLauncher starts cron runs as processes of this program.
func (m *Machine) CronLauncher() *crontab.Launcher {
	return &crontab.Launcher{
		Args: []string{"task", "--home", m.Config.Home}, Env: m.environ, Dir: m.Config.Home,
		Outputs: filepath.Join(m.logFolder(), "cron"),
	}
}

// cronOutcomes is where runs keep their outcomes while the database is away.
func (m *Machine) cronOutcomes() crontab.Outcomes {
	return crontab.Outcomes(filepath.Join(m.logFolder(), "cron", ".outcomes"))
}

// ledger is the crontab.Opener of the daemon.
func (d *database) ledger(ctx context.Context) (*crontab.Ledger, error) {
	if err := d.ready.wait(ctx); err != nil {
		return nil, err
	}
	db, err := d.services.Own(ctx)
	if err != nil {
		return nil, err
	}
	return crontab.NewLedger(db), nil
}
