package crontab

import (
	"context"
	"fmt"

	"simplest_script/core/tool/text"
)

// Renew gives a start that never reported to a new owner under a new token, if its
// row still is as r shows it. A child of the former start then exits as soon as it
// looks. It tells whether the new token stands there now.
func (l *Ledger) Renew(ctx context.Context, r Run, token uint64, place Place, owner Process) (bool, error) {
	_, err := l.db.ExecContext(ctx, "UPDATE script_cron_run SET token = ?, host = ?, boot = ?, pid_ns = ?, owner_pid = ?, owner_start = ?, claimed_at = "+l.db.Dialect.NowMillis()+
		" WHERE id = ? AND token = ? AND state = 'starting'",
		token, text.Cut(place.Host, 255), place.Boot, place.PIDNS, owner.PID, owner.Start, r.ID, r.Token)
	if err != nil {
		return false, fmt.Errorf("taking over the start of run %d: %w", r.ID, err)
	}
	now, err := l.Run(ctx, r.ID)
	return err == nil && now.State == Starting && now.Token == token, err
}

// AskToStop asks a run to end itself; it sees that with its next beat.
func (l *Ledger) AskToStop(ctx context.Context, id uint64) error {
	_, err := l.db.ExecContext(ctx, "UPDATE script_cron_run SET stop = 1 WHERE id = ? AND state IN ('starting', 'running')", id)
	if err != nil {
		return fmt.Errorf("asking run %d to end: %w", id, err)
	}
	return nil
}
