package app

import (
	"context"

	"github.com/coreos/go-systemd/v22/daemon"
	"go.uber.org/zap"

	"simplest_script/core/admin"
	"simplest_script/core/lease"
)

// What systemd is told where it started the daemon with Type=notify.
const (
	started  = daemon.SdNotifyReady
	stopping = daemon.SdNotifyStopping
)

// notify tells systemd, where it listens.
func notify(state string) {
	// Without NOTIFY_SOCKET there is nobody to tell, which is not an error.
	_, _ = daemon.SdNotify(false, state)
}

// readiness says that the daemon is ready while it has its lease, which it has
// only with its database and the tables in it.
type readiness struct {
	keeper *lease.Keeper
	health *admin.Health
	log    *zap.Logger
	tell   func() // called once
}

// Name implements core.Component.
func (r *readiness) Name() string { return "readiness" }

// Run implements core.Component.
func (r *readiness) Run(intake, _ context.Context) error {
	for first := true; ; first = false {
		lease, err := r.keeper.Current(intake)
		if err != nil {
			return nil // the daemon stops
		}
		r.health.Set(admin.Ready, "")
		if first {
			r.log.Info("ready")
			notify(started)
			r.tell()
		}
		select {
		case <-intake.Done():
			r.health.Set(admin.Draining, "")
			return nil
		case <-lease.Context().Done():
			r.health.Set(admin.Starting, "waiting for a new lease: the database does not take this daemon's beat")
		}
	}
}
