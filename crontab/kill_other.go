//go:build !linux

package crontab

import (
	"context"
	"time"
)

// Kill cannot make sure here that a process id is still the run's.
func Kill(context.Context, Process, time.Duration) error { return ErrElsewhere }

// EndOwnGroup does nothing here.
func EndOwnGroup() {}
