package delayqueue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core/lease"
)

// Ten slots do 30,000 jobs of 20 ms in a minute. A warning that comes where two daemons
// can do it would be one that people learn to ignore.
func TestForecastWarnsOfWhatTheSlotsOfAllDaemonsWithTheKindCannotDo(t *testing.T) {
	with := func(kinds ...string) (d lease.Daemon) { d.Kinds = kinds; return d }
	two := []lease.Daemon{with("k"), with("mail", "k")}
	const takes = 20 * time.Millisecond
	for name, c := range map[string]struct {
		living []lease.Daemon
		takes  time.Duration
		loads  []Load
		warns  int64 // of so many daemons; 0: it does not
	}{
		"one can just do it":             {nil, takes, []Load{{1, 1000}, {2, 28_500}, {9, 500}}, 0},
		"one cannot":                     {nil, takes, []Load{{1, 1000}, {2, 28_501}, {9, 500}}, 1},
		"two can":                        {two, takes, []Load{{1, 1000}, {2, 28_501}, {9, 500}}, 0},
		"two can just do it":             {two, takes, []Load{{1, 30_000}, {2, 30_000}}, 0},
		"nor can two":                    {two, takes, []Load{{1, 30_000}, {2, 30_001}}, 2},
		"the others have other kinds":    {[]lease.Daemon{with("k"), with("mail"), with()}, takes, []Load{{1, 40_000}}, 1},
		"this one is not yet announced":  {[]lease.Daemon{with("mail")}, takes, []Load{{1, 40_000}}, 1},
		"nobody knows how long it takes": {nil, 0, []Load{{1, 100_000}}, 0},
		"nothing falls due":              {nil, takes, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := kindWith("k", 10)
			k.learn(c.takes)
			seen, log := observer.New(zap.WarnLevel)
			e := &Engine{keeper: neighbours{living: c.living}, log: zap.New(seen), order: []*kind{k}, hand: newHand(nil, nil, 0, []*kind{k})}
			(&lookout{Engine: e}).warnLoad(k, c.loads)
			if c.warns == 0 {
				require.Empty(t, log.All())
				return
			}
			total, busiest := 0, 0
			for _, load := range c.loads {
				total, busiest = total+load.Jobs, max(busiest, load.Jobs)
			}
			require.Len(t, log.All(), 1)
			require.Equal(t, "more jobs fall due in the next minute than the slots can do", log.All()[0].Message, "the README explains it by these words")
			require.Equal(t, map[string]any{
				"exec_cmd": "k", "jobs": int64(total), "busiest_second": int64(busiest), "handler_takes": takes, "slots": int64(10), "daemons": c.warns,
			}, log.All()[0].ContextMap())
		})
	}
}
