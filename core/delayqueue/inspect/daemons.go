package inspect

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core/lease"
	"simplest_script/core/tool/sqldb"
)

// Daemon is an owner of jobs: one incarnation of a daemon, living or dead.
type Daemon struct {
	lease.Daemon        // without its kinds
	Why          string // it is dead
}

const selectDaemon = "SELECT id, seq, dead, why, host, pid, `partition`, env, version, started_at, beat_at, ended_at FROM script_daemon "

func scanDaemon(rows *sql.Rows) (d Daemon, err error) {
	err = rows.Scan(&d.ID, &d.Seq, &d.Dead, &d.Why, &d.Host, &d.PID, &d.Partition, &d.Env, &d.Version, &d.StartedAt, &d.BeatAt, &d.EndedAt)
	return d, err
}

// Daemons returns all living daemons and up to dead of those that ended last, the
// living first and each group from the newest on. The table has a row for each
// start of a daemon in the last time, so that it may be read as a whole.
func (i *Inspector) Daemons(ctx context.Context, dead int) ([]Daemon, error) {
	living, err := sqldb.Collect(scanDaemon)(i.db.QueryContext(ctx, selectDaemon+"WHERE dead = 0 ORDER BY started_at DESC, id"))
	if err != nil {
		return nil, fmt.Errorf("listing the living daemons: %w", err)
	}
	ended, err := sqldb.Collect(scanDaemon)(i.db.QueryContext(ctx, selectDaemon+"WHERE dead <> 0 ORDER BY ended_at DESC, id LIMIT ?", dead))
	if err != nil {
		return nil, fmt.Errorf("listing the daemons that ended: %w", err)
	}
	return append(living, ended...), nil
}

// daemon returns the daemon with that id, or nil.
func (i *Inspector) daemon(ctx context.Context, id string) (*Daemon, error) {
	found, err := sqldb.Collect(scanDaemon)(i.db.QueryContext(ctx, selectDaemon+"WHERE id = ?", id))
	if err != nil {
		return nil, fmt.Errorf("reading daemon %s: %w", id, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return &found[0], nil
}
