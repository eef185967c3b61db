//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"simplest_script/core/conf"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// asProgram in the environment makes this test the program itself, with the modules
// that main lists.
const asProgram = "SIMPLEST_SCRIPT_PLAYS_ITSELF"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// installation is a home with the files of etc, as they are, whose samples are byte
// for byte those of the original's README (core/conf has the test of that).
type installation struct {
	t       *testing.T
	environ []string
}

func install(t *testing.T, environ ...string) *installation {
	t.Helper()
	home := t.TempDir()
	require.NoError(t, os.CopyFS(home+"/etc", os.DirFS("etc")))
	return &installation{t, append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "GORACE=atexit_sleep_ms=0", asProgram + "=1", "SCRIPT_HOME=" + home,
	}, environ...)}
}

func (i *installation) command(words ...string) *exec.Cmd {
	i.t.Helper()
	program, err := os.Executable()
	require.NoError(i.t, err)
	cmd := exec.CommandContext(i.t.Context(), program, words...)
	cmd.Env = i.environ
	return cmd
}

// does runs a command that must end well, and returns what it printed.
func (i *installation) does(words ...string) string {
	i.t.Helper()
	out, err := i.command(words...).CombinedOutput()
	require.NoError(i.t, err, "%s\n%s", strings.Join(words, " "), out)
	return string(out)
}

// inRelease is an installation whose database is a real one and whose Kafka and Redis
// are servers of this process: release refuses those inside of the daemon.
func inRelease(t *testing.T) *installation {
	t.Helper()
	database := dbtest.Config(t, sqldb.MySQL)
	cfg := conf.Default()
	cfg.Env, cfg.Home = conf.Test, t.TempDir()
	cfg.Redis = map[string]conf.Redis{conf.DefaultName: {Addr: conf.Embedded}}
	cfg.Kafka = map[string]conf.Kafka{conf.DefaultName: {Brokers: conf.Embedded}}
	carriers := dbtest.Services(t, cfg)
	brokers, err := carriers.KafkaBrokers(t.Context(), conf.DefaultName)
	require.NoError(t, err)
	client, err := carriers.Redis(t.Context(), conf.DefaultName)
	require.NoError(t, err)
	return install(t,
		"SCRIPT_ENV=release", "SCRIPT_HOST=127.0.0.1", "SCRIPT_PORT=0",
		"SCRIPT_MYSQL_DBCONSOLE="+database.Mysql[database.OwnMysql].Reveal(),
		"SCRIPT_KAFKA_DEFAULT_BROKERS="+strings.Join(brokers, ","),
		"SCRIPT_REDIS_DEFAULT_ADDR="+client.(*redis.Client).Options().Addr)
}

// count is what a daemon has done of one kind of work.
type count struct{ Done, Failed, Lost, Retried, Dead int }

// daemon is a run of the installation.
type daemon struct {
	*installation
	cmd    *exec.Cmd
	stdout bytes.Buffer
	stderr *bufio.Reader
}

// start starts a daemon and waits until it takes work.
func (i *installation) start() *daemon {
	i.t.Helper()
	d := &daemon{installation: i, cmd: i.command("run", "--json")}
	d.cmd.Stdout = &d.stdout
	stderr, err := d.cmd.StderrPipe()
	require.NoError(i.t, err)
	d.stderr = bufio.NewReader(stderr)
	require.NoError(i.t, d.cmd.Start())
	for line := ""; !strings.HasPrefix(line, "ready after"); {
		line, err = d.stderr.ReadString('\n')
		require.NoError(i.t, err)
	}
	return d
}

// end ends the daemon in good order and returns its counts, by the kind of work.
func (d *daemon) end() (counts map[string]count) {
	d.t.Helper()
	require.NoError(d.t, d.cmd.Process.Signal(syscall.SIGTERM))
	rest, err := io.ReadAll(d.stderr)
	require.NoError(d.t, err)
	require.NoError(d.t, d.cmd.Wait(), string(rest))
	require.NoError(d.t, json.Unmarshal(d.stdout.Bytes(), &counts))
	return counts
}

// shows waits until a command prints what matches each of the patterns.
func (i *installation) shows(patterns []string, words ...string) {
	i.t.Helper()
	require.EventuallyWithT(i.t, func(c *assert.CollectT) {
		out, err := i.command(words...).CombinedOutput()
		assert.NoError(c, err)
		for _, pattern := range patterns {
			assert.Regexp(c, pattern, string(out))
		}
	}, 30*time.Second, 50*time.Millisecond)
}

func TestSamplesOfTheSeedDoTheirWorkInRelease(t *testing.T) {
	i := inRelease(t)
	require.Contains(t, i.does("check"), "0 errors, 0 warnings.")
	i.does("migrate")
	d := i.start()
	require.NotContains(t, i.does("queue", "ls"), "inactive")
	i.shows([]string{`(?m)^crontab_track  0 \* \* \* \* \*  in \d+s `}, "cron", "ls")

	i.does("push", "--topic", "kafka_test_topic", `{"id":"A1","amount":1200}`)
	i.does("push", "--list", "redis_test", "hello")
	i.does("push", "delay_test", `{"name":"测试"}`)
	ran := i.does("cron", "run", "crontab_track") // its next tick may be a minute away
	require.Contains(t, ran, " of crontab_track: success\n")
	require.Regexp(t, `result +{"tracked":"测试"}`, ran)
	i.shows([]string{`(?m)^ +result +{"hello":"测试"}`}, "jobs", "show", "1")
	i.shows([]string{ // workers, what is in hand, done, failed and dead
		`(?m)^kafka_test +kafka_test_topic +2 +\d* +0 +1 +0 +0 `,
		`(?m)^redis_test +redis_test +2 +\d* +0 +1 +0 +0 `,
	}, "queue", "ls")

	counts := d.end()
	delete(counts, "cron") // a minute may have ended meanwhile
	require.Equal(t, map[string]count{"delay": {Done: 1}, "kafka": {Done: 1}, "redis": {Done: 1}}, counts)
}

func TestSamplesOfTheSeedAreInactiveInDev(t *testing.T) {
	const reason = `inactive: status 4 is active in release, this is dev `
	i := install(t)
	queues := i.does("queue", "ls")
	require.Regexp(t, `(?m)^kafka_test +kafka_test_topic +`+reason+` *kafka测试$`, queues)
	require.Regexp(t, `(?m)^redis_test +redis_test +`+reason+` *redis测试$`, queues)
	i.does("migrate")
	require.Regexp(t, `(?m)^crontab_track +0 \* \* \* \* \* +`+reason+` *测试定时任务$`, i.does("cron", "ls"))
}
