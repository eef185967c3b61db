package admin_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/admin"
)

func TestMetricsShowWhatHappened(t *testing.T) {
	m := admin.NewMetrics()
	m.Delay.Happened("other", "pushed")
	m.Delay.Happened("order_close", "done")
	m.Delay.Started("order_close", 3*time.Millisecond)
	m.Delay.Ended("order_close", 40*time.Millisecond)
	m.Cron.Ended("crontab_track", "failed")
	m.Cron.Ended("crontab_track", "missed")
	m.Cron.Began("crontab_track", 60*time.Millisecond)
	m.Cron.Took("crontab_track", 2*time.Second)
	m.Gauge("cron_behind_seconds", "Undecided.", func() float64 { return 0.5 })
	m.Count("log_lines_dropped_total", "Log lines that reached no file.", func() float64 { return 7 })
	m.Add(admin.NewConsumerMetrics(func() []admin.ConsumerStatus {
		return []admin.ConsumerStatus{
			{ExecCmd: "kafka_test", Source: "t", Workers: 3, Done: 12, Lag: 42, LagKnown: true},
			{ExecCmd: "redis_test", Source: "k"},
		}
	}), admin.NewLatenessMetrics(admin.LateWindow{Name: "hour", Fresh: time.Minute, Read: func(context.Context) ([]admin.Lateness, error) {
		return []admin.Lateness{{Kind: "order_close", P50: 2 * time.Millisecond, P99: 40 * time.Millisecond, Max: 3 * time.Second}}, nil
	}}))

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
		`script_delay_late_window_seconds{kind="order_close",stat="p50",window="hour"} 0.002`,
		`script_delay_late_window_seconds{kind="order_close",stat="p99",window="hour"} 0.04`,
		`script_delay_late_window_seconds{kind="order_close",stat="max",window="hour"} 3`,
		`script_delay_handler_seconds_count{kind="order_close"} 1`,
		`script_cron_runs_total{entry="crontab_track",state="failed"} 1`,
		`script_cron_runs_total{entry="crontab_track",state="missed"} 1`,
		`script_cron_late_seconds_bucket{entry="crontab_track",le="0.1"} 1`,
		"script_cron_behind_seconds 0.5",
		`script_cron_run_seconds_bucket{entry="crontab_track",le="5"} 1`,
		`script_log_lines_dropped_total 7`,
		`script_consumer_done_total{exec_cmd="kafka_test",source="t"} 12`,
		`script_consumer_lag{exec_cmd="kafka_test",source="t"} 42`,
		`script_consumer_workers{exec_cmd="redis_test",source="k"} 0`,
		"go_goroutines",
	} {
		require.Contains(t, string(text), want)
	}
	require.NotContains(t, string(text), `script_consumer_lag{exec_cmd="redis_test"`, "a lag that cannot be read is not zero")
}
