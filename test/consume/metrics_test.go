//go:build unix

package consume_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig"
)

// What a daemon does of all four kinds of work is seen in /metrics, by the names of
// the handlers and of what they read.
func TestMetricsTellOfAllFourKindsOfWork(t *testing.T) {
	const n, jobs = 20, 5
	w := embedded(t, "{CheckEvery: 300ms}")
	messages, elements := newTopic(w, 2), newList(w)
	waiting, failing := messages.entry(), elements.entry()
	waiting["exec_cmd"], failing["exec_cmd"], failing["progress"] = gated, flaky, 3
	w.entries(waiting, failing)
	w.everySecond(tick)
	messages.fill(n)
	elements.fill(n)
	require.NoError(t, elements.client.LPush(t.Context(), elements.name, "not a number").Err())
	d := w.daemon()
	w.Push(rig.Jobs(jobs, job, "")...)

	w.show(fmt.Sprintf("script_consumer_%%s{exec_cmd=%q,source=%q} ", gated, messages.name), map[string]int{
		"workers": 2, "in_hand": n, "lag": n, "done_total": 0, "failed_attempts_total": 0, "dead_total": 0,
	})
	w.openGate()
	w.show(fmt.Sprintf("script_consumer_%%s{exec_cmd=%q,source=%q} ", gated, messages.name), map[string]int{
		"workers": 2, "in_hand": 0, "lag": 0, "done_total": n, "failed_attempts_total": 0, "dead_total": 0,
	})
	w.show(fmt.Sprintf("script_consumer_%%s{exec_cmd=%q,source=%q} ", flaky, elements.name), map[string]int{
		"workers": 3, "in_hand": 0, "lag": 0, "done_total": n + 1, "failed_attempts_total": n + 2, "dead_total": 1,
	})
	w.show(fmt.Sprintf("script_delay_%%s,kind=%q} ", job), map[string]int{
		`events_total{event="started"`: jobs, `events_total{event="done"`: jobs,
	})
	w.show(fmt.Sprintf("script_delay_%%s_seconds_count{kind=%q} ", job), map[string]int{"late": jobs, "handler": jobs})
	for _, begin := range []string{
		`runs_total{entry="tick",state="success"} `, `late_seconds_count{entry="tick"} `, `run_seconds_count{entry="tick"} `, `behind_seconds `,
	} {
		w.Await("/metrics has script_cron_"+begin, func() bool { return strings.Contains(string(w.page("/metrics")), "\nscript_cron_"+begin) })
	}
	w.ends(d)
}

// show waits until /metrics has these numbers on lines of a form.
func (w *world) show(form string, want map[string]int) {
	w.t.Helper()
	for name, n := range want {
		line := "\n" + fmt.Sprintf(form, name) + fmt.Sprint(n) + "\n"
		w.Await("/metrics has"+line, func() bool { return strings.Contains(string(w.page("/metrics")), line) })
	}
}
