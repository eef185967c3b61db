//go:build unix

package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"simplest_script/core"
)

// broken fails for good until the job is mended, and then is the same as work.
func broken(ctx context.Context, t *core.Task) error {
	if _, err := os.Stat(mendedMark(os.Getenv(journalVariable), t.ID)); err != nil {
		return fmt.Errorf("nobody has mended it yet: %w", core.ErrSkipRetry)
	}
	return work(ctx, t)
}

// Mend lets a job of the kind Broken succeed from now on, as people do before they try
// one again. It may be called from any goroutine.
func (w *World) Mend(job uint64) error {
	return os.WriteFile(mendedMark(w.journals(), strconv.FormatUint(job, 10)), nil, 0o644)
}

func mendedMark(dir, job string) string { return filepath.Join(dir, job+".mended") }
