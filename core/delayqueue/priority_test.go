package delayqueue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestHighestPriorityGoesFirstWhereSlotsAreScarce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		report, alarm, chore := kindWith("report", 10), kindWith("alarm", 10), kindWith("chore", 10)
		alarm.limits.Priority, chore.limits.Priority = 10, -1
		h := newHandTest(report, alarm, chore)
		h.most = 1
		h.claim(report, &generation{}, 1, 1)
		h.fire(1)
		h.settle()
		for _, k := range []*kind{chore, report, alarm} {
			h.claim(k, &generation{}, 2, 2)
		}
		h.fire(2)
		h.settle()
		var order []string
		for len(h.running) > 0 {
			require.Len(t, h.running, 1)
			j := h.end(0, nothing)
			h.forget(j)
			order = append(order, j.kind.name)
		}
		require.Equal(t, []string{"report", "alarm", "alarm", "report", "report", "chore", "chore"}, order)
		h.requireEmpty(t)
	})
}

func TestFewestSlotsGoFirstAmongEquals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := kindWith("a", 10), kindWith("b", 10)
		h := newHandTest(a, b)
		h.most = 4
		h.claim(a, &generation{}, 10, 1)
		h.claim(b, &generation{}, 10, 1)
		h.fire(1)
		h.settle()
		require.Len(t, h.running, 4)
		require.Equal(t, []int{2, 2}, []int{len(a.active), len(b.active)})
		for len(h.running) > 0 {
			h.forget(h.end(0, nothing))
			require.LessOrEqual(t, len(h.running), 4)
		}
		h.requireEmpty(t)
	})
}
