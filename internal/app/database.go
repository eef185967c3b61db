package app

import (
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"

	"simplest_script/core/admin"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
	"simplest_script/core/schema"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"

	"simplest_script/core/delayqueue"
)

// database waits for the daemon's own database, sees to its tables, and then lets
// everybody through who works on them. It is a component: a server that cannot be
// reached is waited for, one that refuses us ends the daemon.
type database struct {
	services *svc.Services
	schemas  []schema.Module
	env      conf.Environment
	health   *admin.Health
	log      *zap.Logger
	ready    *gate
}

// Name implements core.Component.
func (d *database) Name() string { return "database" }

// Run implements core.Component.
func (d *database) Run(intake, _ context.Context) error {
	away := outage.New(d.log, "opening the daemon's own database")
	for {
		err := d.open(intake)
		switch {
		case err == nil:
			away.OK()
			d.ready.let()
			return nil
		case intake.Err() != nil:
			return nil
		case !waitable(err):
			return err
		}
		d.health.Set(admin.Starting, "waiting for the daemon's own database")
		if !outage.Sleep(intake, away.Failed(err)) {
			return nil
		}
	}
}

// waitable tells an outage from a fault that stays as it is.
func waitable(err error) bool {
	return !sqldb.Refused(err) && (sqldb.Away(err) || sqldb.Conflict(err))
}

func (d *database) open(ctx context.Context) error {
	db, err := d.services.Own(ctx)
	if err != nil {
		return err
	}
	if err := schema.CheckServer(ctx, db); err != nil {
		return err
	}
	if d.env == conf.Dev {
		return d.migrate(ctx)
	}
	pending, err := schema.Status(ctx, db, d.schemas...)
	if err != nil || len(pending) == 0 {
		return err
	}
	noun := "migration"
	if len(pending) > 1 {
		noun += "s"
	}
	names := make([]string, len(pending))
	for i, m := range pending {
		names[i] = m.String()
	}
	return fmt.Errorf("the database lacks %d %s (%s): run 'simplest_script migrate', or give the output of 'simplest_script migrate --sql' to your DBA",
		len(pending), noun, strings.Join(names, ", "))
}

// migrate runs on connections whose statements may take as long as they need.
func (d *database) migrate(ctx context.Context) error {
	db, err := d.services.Schema(ctx)
	if err != nil {
		return err
	}
	return schema.MigrateShowing(ctx, db, func(m schema.Migration) {
		d.log.Info("migrating", zap.Stringer("step", m))
	}, d.schemas...)
}

// jobs is the delayqueue.Opener of the daemon.
func (d *database) jobs(ctx context.Context) (delayqueue.Store, error) {
	if err := d.ready.wait(ctx); err != nil {
		return nil, err
	}
	db, err := d.services.Own(ctx)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(db), nil
}

// pushes is the delayqueue.Opener of what handlers push.
func (d *database) pushes(ctx context.Context) (delayqueue.Store, error) {
	if err := d.ready.wait(ctx); err != nil {
		return nil, err
	}
	db, err := d.services.Pushes(ctx)
	if err != nil {
		return nil, err
	}
	return sqlstore.New(db), nil
}

// daemons opens the store of the leases, on connections of their own, so that a
// busy pool cannot hold up a beat.
func (d *database) daemons(ctx context.Context) (lease.Store, error) {
	if err := d.ready.wait(ctx); err != nil {
		return nil, err
	}
	db, err := d.services.Beat(ctx)
	if err != nil {
		return nil, err
	}
	return lease.NewSQLStore(db), nil
}
