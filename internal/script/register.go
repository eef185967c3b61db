// Package script says which handler runs for which cron task.
package script

import (
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/internal/handler"
)

// Module plugs the cron tasks into the daemon.
func Module() plug.Module {
	return plug.Module{Name: "script", Handlers: register}
}

func register(h plug.Handlers, _ *svc.Services) {
	h.Cron.Add("crontab_track", handler.CrontabTrack())
}
