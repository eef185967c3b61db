package exec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/exec"
)

func TestKafkaSample(t *testing.T) {
	good := coretest.Run(t, exec.KafkaTest(), `{"id":"A1","amount":1200}`)
	require.NoError(t, good.Err)
	require.JSONEq(t, `{"order":"A1","partition":0}`, good.Result)

	for _, payload := range []string{`{"id":"","amount":1}`, `{"id":"A1","amount":0}`, `not json`} {
		require.ErrorIs(t, coretest.Run(t, exec.KafkaTest(), payload).Err, core.ErrSkipRetry, payload)
	}
}

func TestRedisSample(t *testing.T) {
	good := coretest.Run(t, exec.RedisTest(), " hello ")
	require.NoError(t, good.Err)
	require.JSONEq(t, `{"length":5}`, good.Result)
	require.ErrorIs(t, coretest.Run(t, exec.RedisTest(), "  ").Err, core.ErrSkipRetry)
}
