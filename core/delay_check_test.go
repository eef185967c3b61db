package core_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func TestPushRefusesByIndexWhatDoesNotFit(t *testing.T) {
	good := core.DelayQueuePushParams{Name: strings.Repeat("名", 255), ExecCmd: "order_close", Params: strings.Repeat("字", 500), DelayTime: 3600}
	require.NoError(t, core.CheckPush([]core.DelayQueuePushParams{good}))
	for want, change := range map[string]func(*core.DelayQueuePushParams){
		"row 1: params has 501 characters, the column holds 500":     func(p *core.DelayQueuePushParams) { p.Params += "!" },
		"row 1: name has 256 characters, the column holds 255":       func(p *core.DelayQueuePushParams) { p.Name += "!" },
		"row 1: exec_cmd has 51 characters, the column holds 50":     func(p *core.DelayQueuePushParams) { p.ExecCmd = strings.Repeat("x", 51) },
		"row 1: exec_cmd is empty":                                   func(p *core.DelayQueuePushParams) { p.ExecCmd = "" },
		"row 1: params is not valid UTF-8":                           func(p *core.DelayQueuePushParams) { p.Params = "\xff" },
		"row 1: delay_time is -1 seconds":                            func(p *core.DelayQueuePushParams) { p.DelayTime = -1 },
		"row 1: delay_ms is -1 milliseconds":                         func(p *core.DelayQueuePushParams) { p.DelayMs = -1 },
		"row 1: exec_time is -1":                                     func(p *core.DelayQueuePushParams) { p.ExecTime = -1 },
		"row 1: exec_ms is 1000":                                     func(p *core.DelayQueuePushParams) { p.ExecMs = 1000 },
		"row 1: exec_ms is 5 without an exec_time":                   func(p *core.DelayQueuePushParams) { p.ExecMs = 5 },
		"row 1: max_attempts is 70000":                               func(p *core.DelayQueuePushParams) { p.MaxAttempts = 70000 },
		"row 1: unique_key has 192 characters, the column holds 191": func(p *core.DelayQueuePushParams) { p.UniqueKey = strings.Repeat("键", 192) },
		"row 1: unique_for is -1 seconds":                            func(p *core.DelayQueuePushParams) { p.UniqueFor = -1 },
		"row 1: unique_for is 5 without a unique_key":                func(p *core.DelayQueuePushParams) { p.UniqueFor = 5 },
	} {
		bad := good
		change(&bad)
		err := core.CheckPush([]core.DelayQueuePushParams{good, bad, good})
		require.ErrorIs(t, err, core.ErrInvalidPush)
		require.ErrorContains(t, err, want)
	}
}

func TestPushNamesEveryBadRow(t *testing.T) {
	err := core.CheckPush([]core.DelayQueuePushParams{{}, {ExecCmd: "a"}, {ExecCmd: "a", DelayTime: -5}})
	require.ErrorContains(t, err, "row 0")
	require.NotContains(t, err.Error(), "row 1")
	require.ErrorContains(t, err, "row 2")
}
