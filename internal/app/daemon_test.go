package app

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/clock"
)

// patience bounds every wait of these tests; nothing asserts how long things take.
const patience = 30 * time.Second

// wired is a whole daemon, on the embedded database in a home of its own.
type wired struct {
	t        *testing.T
	home     string
	services *svc.Services
	address  string             // of its HTTP server
	sigterm  context.CancelFunc // what the command does at that signal
	ended    chan error         // what Run returned
	events   chan delayqueue.Event
}

// startDaemon runs a daemon with these handlers of delay jobs, and waits until it is ready.
func startDaemon(t *testing.T, handlers map[string]core.HandlerFunc) *wired {
	t.Helper()
	d := &wired{t: t, home: t.TempDir(), ended: make(chan error, 1), events: make(chan delayqueue.Event, 100)}
	module := plug.Module{Name: "test", Handlers: func(h plug.Handlers, s *svc.Services) {
		d.services = s
		for name, f := range handlers {
			h.Delay.Add(name, f, core.MaxAttempts(1))
		}
	}}
	m, err := Load(d.home, []string{"SCRIPT_HOST=127.0.0.1", "SCRIPT_PORT=0", "SCRIPT_LOGGER_LEVEL=debug"}, []plug.Module{module})
	require.NoError(t, err)
	require.NoError(t, m.Report.Err())
	require.NoError(t, m.Log(io.Discard, clock.System{}))
	ctx, stop := context.WithCancel(t.Context())
	d.sigterm = stop
	ready := make(chan string, 1)
	go func() {
		err := m.Run(ctx, RunOptions{Version: "test", Ready: func(a string) { ready <- a }, Observe: func(e delayqueue.Event) { d.events <- e }})
		d.ended <- errors.Join(err, m.Close())
		close(d.ended)
	}()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-d.ended)
	})
	d.address = await(t, ready, "the daemon is ready")
	return d
}

// end stops the daemon and waits until it has ended in good order.
func (d *wired) end() {
	d.t.Helper()
	d.sigterm()
	require.NoError(d.t, await(d.t, d.ended, "the daemon has ended"))
}

func (d *wired) push(jobs ...core.DelayQueuePushParams) {
	d.t.Helper()
	_, err := delayqueue.NewDelayQueue().Push(jobs)
	require.NoError(d.t, err)
}

// awaitEvent waits for an event of a kind of job.
func (d *wired) awaitEvent(typ delayqueue.EventType, kind string) delayqueue.Event {
	d.t.Helper()
	for {
		if e := await(d.t, d.events, string(typ)+" of "+kind); e.Type == typ && e.Kind == kind {
			return e
		}
	}
}

// ready asks /readyz.
func (d *wired) ready() (code int, body string) {
	d.t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	answer, err := client.Get("http://" + d.address + "/readyz")
	require.NoError(d.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(d.t, err)
	return answer.StatusCode, string(text)
}

// logs returns all that the daemon has logged.
func (d *wired) logs() string {
	d.t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(d.home, "logs"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	require.NoError(d.t, err)
	return all.String()
}

func await[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(patience):
		require.Fail(t, "waited in vain until "+what)
	}
	return v
}

// systemd listens where a service manager tells a daemon to say how it is.
func systemd(t *testing.T) <-chan string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("systemd is at home on Linux")
	}
	dir, err := os.MkdirTemp("", "notify") // the path of a socket must be short
	require.NoError(t, err)
	path := filepath.Join(dir, "socket")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Setenv("NOTIFY_SOCKET", path)
	states, closed := make(chan string, 10), make(chan struct{})
	go func() {
		defer close(closed)
		buffer := make([]byte, 1024)
		for {
			n, err := socket.Read(buffer)
			if err != nil {
				return
			}
			states <- string(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		require.NoError(t, socket.Close())
		<-closed
		require.NoError(t, os.RemoveAll(dir))
	})
	return states
}

func TestDaemonTellsWhereItStands(t *testing.T) {
	states := systemd(t)
	finish := make(chan struct{})
	d := startDaemon(t, map[string]core.HandlerFunc{"gated": func(context.Context, *core.Task) error { <-finish; return nil }})
	require.Equal(t, "READY=1", await(t, states, "systemd hears that it is ready"))
	code, body := d.ready()
	require.Equal(t, http.StatusOK, code)
	require.JSONEq(t, `{"state":"ready"}`, body)

	d.push(core.DelayQueuePushParams{ExecCmd: "gated"})
	d.awaitEvent(delayqueue.Started, "gated")
	require.Empty(t, states)
	d.sigterm()
	require.Equal(t, "STOPPING=1", await(t, states, "systemd hears that it stops"))
	code, body = d.ready() // a handler runs and keeps it from ending
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.JSONEq(t, `{"state":"draining"}`, body)

	close(finish)
	d.awaitEvent(delayqueue.Done, "gated")
	d.end()
	require.Empty(t, states)
}

// What a job is given and what it answers may be anybody's secret: neither stands in
// a log, at any level, whatever becomes of the job.
func TestLogsHoldNothingOfWhatJobsAreGivenOrAnswer(t *testing.T) {
	const params, result = "card 4929-1111", "token s3cr3t"
	d := startDaemon(t, map[string]core.HandlerFunc{
		"panics": func(_ context.Context, task *core.Task) error { panic("cannot read " + string(task.Payload)) },
		"panics_with_error": func(_ context.Context, task *core.Task) error {
			panic(errors.New("cannot read " + string(task.Payload)))
		},
		"fails": func(_ context.Context, task *core.Task) error {
			return errors.New("cannot read " + string(task.Payload))
		},
		"answers": func(_ context.Context, task *core.Task) error { return task.SetResult(result) },
		"long":    func(_ context.Context, task *core.Task) error { return task.SetResult(strings.Repeat(result, 100)) },
	})
	for kind, end := range map[string]delayqueue.EventType{
		"panics": delayqueue.Failed, "panics_with_error": delayqueue.Failed, "fails": delayqueue.Failed,
		"answers": delayqueue.Done, "long": delayqueue.Done,
	} {
		d.push(core.DelayQueuePushParams{ExecCmd: kind, Params: params})
		if e := d.awaitEvent(end, kind); end == delayqueue.Failed {
			require.Contains(t, e.Reason, params, "the row says why")
		}
	}
	d.end()
	logs := d.logs()
	require.Contains(t, logs, `"exec_cmd":"panics"`, "the panic itself is logged")
	require.Contains(t, logs, "daemon_test.go", "with its stack")
	require.NotContains(t, logs, params)
	require.NotContains(t, logs, result)
}
