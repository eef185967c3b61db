package kafka

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
)

// What a look sees of one partition with 1000 messages, and what of it is stuck.
type look struct {
	after     time.Duration // since the look before
	committed int64
	assigned  bool // the partition has come to this daemon in between
	stuck     int64
}

func TestOnlyALongStandstillIsStuck(t *testing.T) {
	const every, minute = 15 * time.Second, time.Minute
	for name, looks := range map[string][]look{
		"a handler of four minutes is slow": {
			{every, -1, false, 0}, {every, -1, false, 0}, {3 * minute, -1, false, 0},
			{minute, 1, false, 0}, {4 * minute, 2, false, 0}, {4 * minute, 3, false, 0},
		},
		"a poison message": {
			{every, 10, false, 0}, {every, 10, false, 0}, {4 * minute, 10, false, 0}, {minute, 10, false, 990}, {every, 10, false, 990},
		},
		"a poison message that was put aside": {
			{every, 10, false, 0}, {6 * minute, 10, false, 990}, {every, 11, false, 0}, {every, 11, false, 0},
		},
		"looks in quick succession": {
			{every, 10, false, 0}, {1, 10, false, 0}, {1, 10, false, 0}, {1, 10, false, 0},
		},
		"messages that come after a long silence": {
			{every, 1000, false, 0}, {6 * minute, 1000, false, 0}, {every, 10, false, 0}, {every, 10, false, 0},
		},
		"a new owner has its own time": {
			{every, 10, false, 0}, {6 * minute, 10, true, 0}, {4 * minute, 10, false, 0}, {minute, 10, false, 990},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := Options{Topic: "orders", GroupID: "billing"}.withDefaults()
				g := newGauge(nil, o, zap.NewNop())
				for i, l := range looks {
					time.Sleep(l.after) // the bubble's clock
					if l.assigned {
						g.assigned(0)
					}
					lag := g.lag(map[int32]Position{0: {End: 1000, Committed: l.committed}})
					require.Equal(t, core.Lag{Messages: 1000 - max(l.committed, 0), Lanes: 1, Stuck: l.stuck}, lag, "look %d", i)
				}
			})
		})
	}
}
