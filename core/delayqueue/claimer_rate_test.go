package delayqueue

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/lease"
)

// startsPerSecond runs the claimer and the timer on jobs of a registered kind that are
// all due, beside other daemons, and returns how many start in each second.
func startsPerSecond(t *testing.T, reg core.Registration, living []lease.Daemon, seconds int) []int64 {
	k := newKind(reg, Limits{}, Limits{})
	store := newTableStore(slices.Repeat([]int64{time.Now().UnixMilli()}, 2000)...)
	e, inc := withLease(t, store, k)
	e.keeper = neighbours{e.keeper, living}
	e.know()
	var starts atomic.Int64
	e.hand.run = func(j *job) time.Duration {
		starts.Add(1)
		e.hand.forget(j)
		return time.Microsecond
	}
	t.Cleanup(func() {
		e.hand.close()
		e.hand.slots.Wait()
	})
	beside(t, e.runTimer)
	e.claimFor(t, &generation{owner: inc.ID(), ctx: context.Background()})
	each := make([]int64, seconds)
	for i := range each {
		after(time.Second)
		each[i] = starts.Swap(0)
	}
	return each
}

// The rate of a registration is kept by the daemon as a whole, and shared with the other
// daemons that live and have the kind.
func TestRegisteredRateIsKeptEachSecond(t *testing.T) {
	with := func(kinds ...string) (d lease.Daemon) { d.Kinds = kinds; return d }
	for name, c := range map[string]struct {
		living []lease.Daemon
		want   int64
	}{
		"alone":                       {nil, 40},
		"beside one without the kind": {[]lease.Daemon{with("sms"), with("mail")}, 40},
		"beside one that has it":      {[]lease.Daemon{with("sms"), with("mail", "sms")}, 20},
		"beside three that have it":   {[]lease.Daemon{with("sms"), with("sms"), with("mail"), with("sms"), with("sms")}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reg := core.NewRegistry()
				reg.Add("sms", core.HandlerFunc(func(context.Context, *core.Task) error { return nil }), core.Rate(40))
				sms, _ := reg.Lookup("sms")
				for second, n := range startsPerSecond(t, sms, c.living, 6) {
					burst := c.want/10 + 1 // a tenth of a second's worth may have been saved up, or one
					require.InDelta(t, c.want, n, float64(burst), "in second %d", second)
				}
			})
		})
	}
}
