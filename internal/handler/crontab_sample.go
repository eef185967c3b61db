// Package handler holds the cron tasks: one file each, registered in
// internal/script.
package handler

import (
	"context"

	"simplest_script/core"
)

// track is the params of crontab_track.
type track struct {
	Name string `json:"name"`
}

// CrontabTrack is the sample to copy for a new cron task. Its params are those of
// its entry in crontab_<partition>.json.
func CrontabTrack() core.Handler {
	return core.JSON(func(_ context.Context, t *core.Task, p track) error {
		t.Progress(100, "tracked")
		return t.SetResult(map[string]string{"tracked": p.Name})
	})
}
