package delay_queue_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/internal/delay_queue"
)

func TestDelaySample(t *testing.T) {
	out := coretest.Run(t, delay_queue.DelayTest(), `{"name":"测试"}`)
	require.NoError(t, out.Err)
	require.JSONEq(t, `{"hello":"测试"}`, out.Result)
	require.Equal(t, 50, out.Percent)
	require.Equal(t, "greeting", out.Progress)
}

func TestDelaySampleRefusesForGood(t *testing.T) {
	for _, params := range []string{`{}`, `{"name":""}`, `{"name":`} {
		require.ErrorIs(t, coretest.Run(t, delay_queue.DelayTest(), params).Err, core.ErrSkipRetry, params)
	}
}
