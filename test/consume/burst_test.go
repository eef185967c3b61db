//go:build unix

package consume_test

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/internal/app"
)

// A burst brings up as many workers as the entry allows, and they are retired one by
// one when it is over: no flapping. The decisions tell so themselves, as the daemon
// shows them.
// In the original an extra consumer never exits, and holds partitions unread; and the
// extra ones are counted without those that were there before.
func TestOriginalWeaknessExtraConsumersNeverExit(t *testing.T) {
	const n, few, all = 200_000, 2, 10
	w := newWorld(t, genuine(t), "{CheckEvery: 1500ms, KeepHigh: 3s}") // offsets are committed each second
	s := newTopic(w, 10)
	e := s.entry()
	e["exec_cmd"], e["progress"], e["max_progress"] = slow, few, all
	e["progress_lag_limit"], e["progress_avg_msgcount"] = 1000, 1000
	w.entries(e)
	d := w.daemon()
	s.fill(n)

	var looks []app.DecisionView
	w.Await("the burst is over, and its workers are retired", func() bool {
		looks = merge(looks, w.queues()[s.name])
		return len(looks) > 0 && looks[len(looks)-1].Desired == few && w.of(d.PID) >= n
	})
	s.fill(few * 1000)
	w.all(s.filled()) // no partition is held by one that is gone
	w.ends(d)
	require.Zero(t, examine(w, s, func(execution) bool { return false }))

	counts := []int{looks[0].Workers}
	for _, a := range looks {
		require.NotEmpty(t, a.Reason)
		require.Empty(t, a.LagError)
		if a.Desired != counts[len(counts)-1] {
			counts = append(counts, a.Desired)
		}
	}
	t.Logf("%d messages, %d looks; workers %v", n, len(looks), counts)
	top := slices.Index(counts, all)
	require.Positive(t, top, "as many workers as the entry allows")
	require.IsIncreasing(t, counts[:top+1])
	require.IsDecreasing(t, counts[top:])
	require.Equal(t, []int{few, few}, []int{counts[0], counts[len(counts)-1]})
}

// queues returns the page /queues, by groups or, for lists, by their names.
func (w *world) queues() map[string]app.QueueView {
	w.t.Helper()
	var views []app.QueueView
	require.NoError(w.t, json.Unmarshal(w.page(app.QueuesPath), &views))
	queues := map[string]app.QueueView{}
	for _, v := range views {
		queues[cmp.Or(v.Group, v.Source)] = v
	}
	return queues
}

// page returns a page of the daemon's HTTP server.
func (w *world) page(path string) []byte {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.Home, "data", "daemon-script1.json"))
	require.NoError(w.t, err)
	var daemon app.Address
	require.NoError(w.t, json.Unmarshal(text, &daemon))
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get("http://" + daemon.Address + path)
	require.NoError(w.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	return body
}

// merge adds the decisions that were made since the last reading.
func merge(all []app.DecisionView, q app.QueueView) []app.DecisionView {
	for _, d := range q.Decisions {
		if len(all) == 0 || d.At.After(all[len(all)-1].At) {
			all = append(all, d)
		}
	}
	return all
}
