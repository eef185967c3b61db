package drain_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/drain"
)

func TestWaitGivesHandlersTwoSecondsAfterTheEndOfWork(t *testing.T) {
	for name, c := range map[string]struct {
		handler, work time.Duration
		returned      bool
		took          time.Duration
	}{
		"at once":      {0, time.Minute, true, 0},
		"before":       {time.Second, time.Minute, true, time.Second},
		"soon after":   {11 * time.Second, 10 * time.Second, true, 11 * time.Second},
		"far too late": {time.Hour, 10 * time.Second, false, 12 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				work, cancel := context.WithTimeout(t.Context(), c.work)
				defer cancel()
				var handlers sync.WaitGroup
				handlers.Go(func() { <-time.After(c.handler) })
				began := time.Now()
				require.Equal(t, c.returned, drain.Wait(work, &handlers))
				require.Equal(t, c.took, time.Since(began))
				handlers.Wait()
			})
		})
	}
}
