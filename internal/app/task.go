package app

import (
	"context"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/logger"
	"simplest_script/core/plug"
	"simplest_script/crontab"
)

// LoadTask is Load for the process of one cron run. It leaves the entry files
// unread: what to run stands in the ledger, and somebody may be editing them.
func LoadTask(home string, environ []string, modules []plug.Module) (*Machine, error) {
	return load(home, environ, modules, true)
}

// RunTask does one cron run: the one with this id, under the token of its start.
// It opens the daemon's own database, and what the handler asks for.
func (m *Machine) RunTask(ctx context.Context, id, token uint64) (crontab.State, error) {
	delayqueue.SetDefault(delayqueue.New(func(ctx context.Context) (delayqueue.Store, error) {
		db, err := m.Services.Own(ctx)
		if err != nil {
			return nil, err
		}
		return sqlstore.New(db), nil
	}))
	task := crontab.Task{
		Open: func(ctx context.Context) (*crontab.Ledger, error) {
			db, err := m.Services.Own(ctx)
			if err != nil {
				return nil, err
			}
			return crontab.NewLedger(db), nil
		},
		Registry: m.Handlers.Cron, Outcomes: m.cronOutcomes(), Place: crontab.Here(), Self: crontab.Self(),
		Log: logger.NewLogger(""), Memory: crontab.PeakMemory,
	}
	return task.Run(ctx, id, token)
}
