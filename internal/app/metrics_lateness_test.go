package app

import (
	"context"
	"database/sql"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/plug"
)

// metrics asks /metrics.
func (d *wired) metrics() string {
	d.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := client.Get("http://" + d.address + "/metrics")
	require.NoError(d.t, err)
	defer answer.Body.Close()
	require.Equal(d.t, http.StatusOK, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err)
	return string(text)
}

// lateStatistic says of a hundred jobs that they started at once, but for the last two.
func lateStatistic(kind string, minutes int, at int64, last time.Duration) delayqueue.Statistic {
	at -= at % int64(60*minutes)
	return delayqueue.Statistic{Kind: kind, Minutes: minutes, At: at, Done: 100, LateMax: last, Late: []byte{0, 98, 219, 1, 2}}
}

func TestMetricsShowTheLatenessOfAllDaemonsByWindow(t *testing.T) {
	nothing := func(context.Context, *core.Task) error { return nil }
	d := startDaemon(t, map[string]core.HandlerFunc{"mail": nothing, "skipped": nothing})
	own, err := d.services.Own(t.Context())
	require.NoError(t, err)
	store := sqlstore.New(own)
	micros, err := store.Now(t.Context())
	require.NoError(t, err)
	now := micros / 1e6
	require.NoError(t, store.WriteStatistics(t.Context(), "another daemon", []delayqueue.Statistic{
		lateStatistic("mail", 1, now, 2999*time.Millisecond),
		lateStatistic("mail", 1, now-600, 3999*time.Millisecond),
		lateStatistic("mail", 60, now, 4999*time.Millisecond),
		lateStatistic("known to others", 1, now, time.Second),
		{Kind: "skipped", Minutes: 1, At: now - now%60, Skipped: 7, Late: []byte{}},
	}))
	text := d.metrics()
	for _, want := range []string{
		`{kind="mail",stat="p50",window="minute"} 0.0001`, `{kind="mail",stat="p99",window="minute"} 3`, `{kind="mail",stat="max",window="minute"} 3`,
		`{kind="mail",stat="p50",window="hour"} 0.0001`, `{kind="mail",stat="p99",window="hour"} 4`, `{kind="mail",stat="max",window="hour"} 4`,
		`{kind="mail",stat="p50",window="day"} 0.0001`, `{kind="mail",stat="p99",window="day"} 5`, `{kind="mail",stat="max",window="day"} 5`,
	} {
		require.Contains(t, text, "\nscript_delay_late_window_seconds"+want+"\n")
	}
	require.NotContains(t, text, "known to others", "what others run makes no labels")
	require.NotContains(t, text, `kind="skipped"`, "none of these was started")
}

// Connections that nobody gives back are a database that hangs.
func TestMetricsComeWhileTheDatabaseHangs(t *testing.T) {
	d := startDaemon(t, map[string]core.HandlerFunc{"mail": func(context.Context, *core.Task) error { return nil }})
	own, err := d.services.Own(t.Context())
	require.NoError(t, err)
	micros, err := sqlstore.New(own).Now(t.Context())
	require.NoError(t, err)
	require.NoError(t, sqlstore.New(own).WriteStatistics(t.Context(), "another daemon", []delayqueue.Statistic{lateStatistic("mail", 60, micros/1e6, time.Second)}))
	var taken []*sql.Conn
	for range own.Stats().MaxOpenConnections {
		conn, err := own.Conn(t.Context())
		require.NoError(t, err)
		taken = append(taken, conn)
	}
	text := d.metrics()
	for _, conn := range taken {
		require.NoError(t, conn.Close())
	}
	require.Contains(t, text, "\nscript_cron_behind_seconds ")
	require.NotContains(t, text, "script_delay_late_window_seconds")
	d.end()
	require.Contains(t, d.logs(), "reading for /metrics how late delay jobs of the last minute were")
}

func TestScrapeDoesNotWaitUntilThereAreTables(t *testing.T) {
	m := &Machine{Handlers: plug.NewHandlers()}
	for _, w := range m.lateWindows(&database{ready: newGate()}, zap.NewNop()) {
		_, err := w.Read(t.Context())
		require.ErrorIs(t, err, errNoTables)
	}
}
