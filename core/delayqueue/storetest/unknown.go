package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func unknown() []behaviour {
	return []behaviour{
		{"overdue waiting rows of the kind fail with the reason, up to the limit", failUnknown},
		{"a kind is exactly its name, whatever the collation holds to be equal", failExactly},
		{"nothing fails before it is due", failWhenDue},
		{"a row that is postponed between the look and the failing stays", failPostponed},
		{"a row that becomes one of another kind between the look and the failing stays", failCorrected},
		{"a deadlock is tried again", failDeadlock},
	}
}

// fail fails rows of the kind Foo and returns how many.
func (w *world) fail(limit int) int {
	w.Helper()
	n, err := w.Store.FailUnknown(w.ctx, "Foo", "nobody knows it", limit)
	require.NoError(w, err)
	return n
}

func failUnknown(w *world) {
	before := w.millis()
	ids := w.due("Foo", 5)
	held := w.due("Foo", 1)[0]
	w.set(held, "status = ?", core.DelayHeld)
	for _, want := range []int{2, 2, 1, 0} {
		require.Equal(w, want, w.fail(2))
	}
	for _, id := range ids {
		r := w.row(id)
		require.Equal(w, []any{core.DelayFailed, "nobody knows it", 0}, []any{r.Status, r.Result, r.Attempts})
		require.GreaterOrEqual(w, r.End, before)
	}
	require.Equal(w, core.DelayHeld, w.row(held).Status)
}

func failExactly(w *world) {
	wrong := []uint64{w.insert("foo", -9), w.insert("FOO", -9), w.insert("Foo ", -9), w.insert("Fooo", -9)}
	right := w.insert("Foo", -9)
	require.Equal(w, 1, w.fail(100))
	require.Equal(w, core.DelayFailed, w.row(right).Status)
	for _, id := range wrong {
		require.Equal(w, core.DelayWaiting, w.row(id).Status)
	}
}

func failWhenDue(w *world) {
	w.insert("Foo", 1000)
	require.Zero(w, w.fail(100))
}

// failAfter lets an assignment happen to one of two rows when both were looked at.
func (w *world) failAfter(assignment string) {
	w.Helper()
	changed, other := w.insert("Foo", -9), w.insert("Foo", -9)
	w.Faults.Before(failingOut, 1, func() { w.set(changed, assignment) })
	require.Equal(w, 1, w.fail(100))
	require.Equal(w, core.DelayWaiting, w.row(changed).Status)
	require.Equal(w, core.DelayFailed, w.row(other).Status)
}

func failPostponed(w *world) { w.failAfter("exec_time = exec_time + 3600") }

func failCorrected(w *world) { w.failAfter("exec_cmd = 'foo'") }

func failDeadlock(w *world) {
	w.due("Foo", 2)
	w.Faults.Deadlock(failingOut, 1)
	require.Equal(w, 2, w.fail(100))
}
