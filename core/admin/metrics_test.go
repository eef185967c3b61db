package admin_test

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/admin"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
	"simplest_script/core/delayqueue"
)

func TestMetricsShowWhatHappened(t *testing.T) {
	m := admin.NewMetrics()
	m.Delay.Observe(delayqueue.Event{Type: delayqueue.Pushed, Kind: "sms_welcome_12345"}, false)
	m.Delay.Observe(delayqueue.Event{Type: delayqueue.Started, Kind: "order_close", Late: 3 * time.Millisecond}, true)
	m.Delay.Observe(delayqueue.Event{Type: delayqueue.Done, Kind: "order_close", Took: 40 * time.Millisecond}, true)
	m.Count("log_lines_dropped_total", "Log lines that reached no file.", func() float64 { return 7 })
	m.Add(admin.NewConsumerMetrics(func() []consumer.Status {
		return []consumer.Status{
			{Entry: conf.QueueEntry{Entry: conf.Entry{ExecCmd: "kafka_test"}, Topic: "t"}, Workers: 3, Done: 12, Decisions: []consumer.Decision{{Reading: consumer.Reading{Lag: 40, Stuck: 2}}}},
			{Entry: conf.QueueEntry{Entry: conf.Entry{ExecCmd: "redis_test"}, Key: "k"}, Decisions: []consumer.Decision{{Reading: consumer.Reading{LagErr: errors.New("away")}}}},
		}
	}))

	s := admin.New("127.0.0.1:0", &admin.Health{}, m, zap.NewNop())
	require.NoError(t, s.Listen(t.Context()))
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { require.NoError(t, s.Close()) }()
	res, err := http.Get("http://" + s.Addr() + "/metrics")
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	for _, want := range []string{
		`script_delay_events_total{event="pushed",kind="other"} 1`,
		`script_delay_events_total{event="done",kind="order_close"} 1`,
		`script_delay_late_seconds_bucket{kind="order_close",le="0.005"} 1`,
		`script_delay_handler_seconds_count{kind="order_close"} 1`,
		`script_log_lines_dropped_total 7`,
		`script_consumer_done_total{exec_cmd="kafka_test",source="t"} 12`,
		`script_consumer_lag{exec_cmd="kafka_test",source="t"} 42`,
		`script_consumer_workers{exec_cmd="redis_test",source="k"} 0`,
		"go_goroutines",
	} {
		require.Contains(t, string(text), want)
	}
	require.NotContains(t, string(text), `script_consumer_lag{exec_cmd="redis_test"`, "a lag that cannot be read is not zero")
	require.NotContains(t, string(text), "sms_welcome_12345", "what others push makes no labels")
}
