package app

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Handlers whose pushes wait for a key that somebody has, and have taken all connections
// that there are for pushes, do not keep the jobs of other kinds from running.
func TestPushesThatWaitHoldUpNoJobs(t *testing.T) {
	d := startDaemon(t, map[string]core.HandlerFunc{"other": func(context.Context, *core.Task) error { return nil }})
	pushes, err := d.services.Pushes(t.Context())
	require.NoError(t, err)
	for range pushes.Stats().MaxOpenConnections {
		conn, err := pushes.Conn(t.Context())
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close()) }()
	}
	waits, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = delayqueue.NewDelayQueue().PushContext(waits, []core.DelayQueuePushParams{{ExecCmd: "other"}})
	require.ErrorIs(t, err, context.DeadlineExceeded, "what is pushed goes through these connections")

	own, err := d.services.Own(t.Context())
	require.NoError(t, err)
	_, err = own.ExecContext(t.Context(), "INSERT INTO delay_queue_log (exec_cmd, exec_time) VALUES ('other', 1)")
	require.NoError(t, err)
	d.awaitEvent(delayqueue.Done, "other")
}
