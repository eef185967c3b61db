//go:build unix

package e2e_test

import (
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
)

// beyondLease is longer than any daemon here has before it is declared dead.
const beyondLease = 4500 * time.Millisecond

// By the database's clock every daemon would look dead after such a stall.
func TestStoppedDatabaseCondemnsNobody(t *testing.T) {
	server := rig.OwnServer(t, "stopped")
	w := rig.New(t, sqldb.MySQL)
	// No daemon must miss its time because the machine is busy.
	budget := []string{"SCRIPT_LEASE_STOP=2s", "SCRIPT_LEASE_VERDICT=3500ms"}
	daemons := make([]*rig.Process, 4)
	for i := range daemons {
		daemons[i] = w.Daemon(budget...)
	}
	l := load{jobs: 3000, over: 8 * time.Second}
	pushers := l.push(w)
	for _, p := range pushers {
		require.Zero(t, p.Wait(), p.Output())
	}

	awaitShare(w, l.jobs, 0.2)
	server.Do("pause")
	elapse(beyondLease)
	server.Do("resume")
	awaitShare(w, l.jobs, 0.5)
	server.Do("stop")
	elapse(beyondLease)
	server.Do("start")
	awaitShare(w, l.jobs, 1)
	awaitEnd(w)

	stop(t, daemons...)
	r := w.Audit()
	require.Equal(t, l.jobs, r.Done)
	require.Zero(t, r.FalselyCondemned, "no daemon declared another one dead")
}

// elapse lets an outage last.
func elapse(d time.Duration) { <-time.After(d) }

func TestDaemonWaitsForItsDatabase(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.MySQL)
	w.Push(rig.Jobs(20, rig.Work, "1")...)
	p := newProxy(t, w)
	p.Refuse()
	port := freePort(t)
	d := w.Start(w.Through(p.Addr()), "SCRIPT_PORT="+port)

	w.Await("the daemon says over HTTP what it waits for", func() bool {
		code, body := get("http://127.0.0.1:" + port + "/readyz")
		return code == http.StatusServiceUnavailable && strings.Contains(body, "waiting for the daemon's own database")
	})
	code, _ := get("http://127.0.0.1:" + port + "/healthz")
	require.Equal(t, http.StatusOK, code, "it lives")
	elapse(beyondLease)
	requireCalm(t, w, "opening the daemon's own database")

	p.Heal()
	awaitEnd(w)
	code, _ = get("http://127.0.0.1:" + port + "/readyz")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, 1, w.Logged("service is back"))
	stop(t, d)
	requireIdle(t, d)
	require.Equal(t, 20, w.Audit().Done)
}

func TestDatabaseCutOffWhileRunning(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.MySQL)
	p := newProxy(t, w)
	d := w.Daemon(w.Through(p.Addr()))
	d.Disturbed()
	w.Push(rig.Jobs(20, rig.Work, "1")...)
	awaitEnd(w)

	p.Refuse()
	p.Cut()
	w.Push(rig.Jobs(20, rig.Work, "1")...)
	elapse(beyondLease)
	requireCalm(t, w, "claiming delay jobs")
	require.Equal(t, 20, finished(w), "nothing can be done meanwhile")

	p.Heal()
	awaitEnd(w)
	stop(t, d)
	requireIdle(t, d)
	require.Equal(t, 40, w.Audit().Done)
}

// requireCalm checks that an outage was logged, and that the log was not flooded.
func requireCalm(t *testing.T, w *rig.World, doing string) {
	t.Helper()
	told := w.Logged(`"doing":"` + doing + `"`)
	require.Positive(t, told, "the outage is in the log,")
	require.LessOrEqual(t, told, 2, "and not with each try")
	lines := len(w.Logs())
	t.Logf("%d lines in the log after an outage of %v", lines, beyondLease)
	require.Less(t, lines, 40)
}

// requireIdle checks that a daemon which mostly waited did not spin.
func requireIdle(t *testing.T, d *rig.Process) {
	t.Helper()
	t.Logf("pid %d used %v of processor time in %v", d.PID, d.CPU(), d.Lived())
	require.Less(t, d.CPU(), d.Lived()/4)
}

func TestDatabaseThatRefusesIsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*mysql.Config)
		say    string
	}{
		"wrong password":   {func(c *mysql.Config) { c.Passwd = "correct-horse" }, "Access denied for user"},
		"unknown database": {func(c *mysql.Config) { c.DBName = "no_such_database" }, "Unknown database 'no_such_database'"},
	} {
		t.Run(name, func(t *testing.T) {
			w := rig.New(t, sqldb.MySQL)
			d := w.Start(w.DSN(tt.change))
			require.Equal(t, 1, d.Wait(), "waiting does not help, so it ends")
			require.Contains(t, d.Output(), tt.say)
			require.Equal(t, 1, strings.Count(d.Output(), "error: "), "told once: %s", d.Output())
			require.NotContains(t, d.Output()+strings.Join(w.Logs(), "\n"), "correct-horse")
		})
	}
}

func TestDatabaseWithoutTablesIsAnError(t *testing.T) {
	w := rig.Unmigrated(t, sqldb.MySQL)
	d := w.Start()
	require.Equal(t, 1, d.Wait())
	require.Contains(t, d.Output(), "simplest_script migrate")
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port
}

// get returns what a server answers; 0 while there is none.
func get(url string) (code int, body string) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Get(url)
	if err != nil {
		return 0, ""
	}
	defer resp.Body.Close()
	var text strings.Builder
	_ = resp.Write(&text)
	return resp.StatusCode, text.String()
}
