// Package delay_queue holds the delay jobs: one file each, and one line here.
package delay_queue

import (
	"time"

	"simplest_script/core"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
)

// Module plugs the delay jobs into the daemon.
func Module() plug.Module {
	return plug.Module{Name: "delay_queue", Handlers: register}
}

func register(h plug.Handlers, _ *svc.Services) {
	h.Delay.Add("delay_test", DelayTest(), core.MaxAttempts(5), core.Timeout(30*time.Second))
}
