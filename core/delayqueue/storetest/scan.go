package storetest

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func scan() []behaviour {
	return []behaviour{
		{"the clock does not run backwards", clock},
		{"kinds are those with waiting rows, each with its first due second, among 5,000", kinds},
		{"no waiting rows, no kinds", noKinds},
		{"the forecast counts one kind by second, and ends where it is told", forecast},
		{"running rows without an owner are counted up to the limit", ownerless},
	}
}

func clock(w *world) {
	var last int64
	for range 20 {
		now, err := w.Store.Now(w.ctx)
		require.NoError(w, err)
		require.GreaterOrEqual(w, now, last)
		last = now
	}
}

func kinds(w *world) {
	at := int(w.seconds()) + 1000
	jobs := make([]core.DelayQueuePushParams, 5000)
	want := map[string]int64{}
	for i := range jobs {
		kind := fmt.Sprint("kind", i%7)
		jobs[i] = core.DelayQueuePushParams{ExecCmd: kind, ExecTime: at - i}
		want[kind] = int64(at - i)
	}
	ids, err := idsFrom(w.Peer.Push(w.ctx, jobs))
	require.NoError(w, err)
	// The last job of kind 3 is no longer waiting, and kind 5 has none that is.
	last := 4999 - (4999-3)%7
	w.set(ids[last], "status = 3")
	want["kind3"] = int64(at - last + 7)
	w.exec("UPDATE delay_queue_log SET status = 5 WHERE exec_cmd = 'kind5'")
	delete(want, "kind5")
	got, err := w.Store.Unknown(w.ctx, nil)
	require.NoError(w, err)
	require.Equal(w, want, got)

	got, err = w.Store.Unknown(w.ctx, []string{"kind0", "kind1", "another"})
	require.NoError(w, err)
	delete(want, "kind0")
	delete(want, "kind1")
	require.Equal(w, want, got)
}

func noKinds(w *world) {
	w.running(alice, 1)
	got, err := w.Store.Unknown(w.ctx, nil)
	require.NoError(w, err)
	require.Empty(w, got)
}

func forecast(w *world) {
	now := w.seconds()
	push := func(kind string, seconds int64, ms, n int) {
		jobs := make([]core.DelayQueuePushParams, n)
		for i := range jobs {
			jobs[i] = core.DelayQueuePushParams{ExecCmd: kind, ExecTime: int(now + seconds), ExecMs: ms}
		}
		_, err := w.Peer.Push(w.ctx, jobs)
		require.NoError(w, err)
	}
	push("k", -5, 0, 2)
	push("k", 200, 0, 3)
	push("k", 200, 999, 1)
	push("k", 300, 500, 6)
	push("k", 5000, 0, 9)
	push("other", 200, 0, 9)
	for _, step := range []struct {
		ahead time.Duration
		limit int
		want  []delayqueue.Load
	}{
		{20 * time.Minute, 100, []delayqueue.Load{{Second: now - 5, Jobs: 2}, {Second: now + 200, Jobs: 4}, {Second: now + 300, Jobs: 6}}},
		{20 * time.Minute, 5, []delayqueue.Load{{Second: now - 5, Jobs: 2}, {Second: now + 200, Jobs: 3}}},
		{0, 100, []delayqueue.Load{{Second: now - 5, Jobs: 2}}},
	} {
		got, err := w.Store.Forecast(w.ctx, "k", step.ahead, step.limit)
		require.NoError(w, err)
		require.Equal(w, step.want, got)
	}
	none, err := w.Store.Forecast(w.ctx, "nothing", time.Hour, 100)
	require.NoError(w, err)
	require.Empty(w, none)
}

func ownerless(w *world) {
	w.running(alice, 2)
	w.due("k", 2)
	for range 5 {
		w.set(w.insert("k", -100), "status = ?", core.DelayRunning)
	}
	for limit, want := range map[int]int{3: 3, 100: 5} {
		n, err := w.Store.Ownerless(w.ctx, limit)
		require.NoError(w, err)
		require.Equal(w, want, n)
	}
}
