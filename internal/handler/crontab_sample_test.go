package handler_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/internal/handler"
)

func TestCrontabSample(t *testing.T) {
	out := coretest.Run(t, handler.CrontabTrack(), `{"name":"测试"}`)
	require.NoError(t, out.Err)
	require.JSONEq(t, `{"tracked":"测试"}`, out.Result)
	require.Equal(t, 100, out.Percent)

	require.ErrorIs(t, coretest.Run(t, handler.CrontabTrack(), `[]`).Err, core.ErrSkipRetry)
}
