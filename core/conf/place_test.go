package conf_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

// Development needs neither a file nor a variable nor a service.
func TestNothingAtAll(t *testing.T) {
	c, report := house{}.load(t)
	require.NoError(t, report.Err())
	require.Equal(t, conf.Dev, c.Env)
	require.Equal(t, "127.0.0.1", c.Host)
	require.Equal(t, -1, c.Port)
	require.Equal(t, 30*time.Second, c.Drain)
	require.Equal(t, time.Local, c.Location)
	require.Equal(t, conf.Logger{Path: "logs", Level: "info", MaxSize: 100, MaxAge: 30, Compress: true}, c.Logger)
	require.Equal(t, conf.Lease{Beat: 2 * time.Second, Stop: 7 * time.Second, Verdict: 9 * time.Second, Scan: time.Second}, c.Lease)
	require.Equal(t, conf.DelayQueue{LookAhead: 2 * time.Second, Scan: time.Second, Concurrency: 10, MaxAttempts: 5, UnknownAfter: time.Minute}, c.DelayQueue)
	require.Equal(t, map[string]conf.Secret{"DBConsole": "embedded"}, c.Mysql)
	require.Equal(t, map[string]conf.Redis{"Default": {Addr: "embedded"}}, c.Redis)
	require.Equal(t, map[string]conf.Kafka{"Default": {Brokers: "embedded"}}, c.Kafka)
	require.Empty(t, c.Files)
	require.Equal(t, []string{
		"etc/queue_script1.json: not there: no consumer is configured",
		"etc/crontab_script1.json: not there: no cron task is configured",
	}, texts(report))
}

// Weakness of the original: SCRIPT_PARTITION has no default although the README
// says script1.
func TestPartition(t *testing.T) {
	c, _ := house{}.load(t)
	require.Equal(t, "script1", c.Partition)

	c, report := house{
		environ: []string{"SCRIPT_PARTITION=script2"},
		queue:   "not read",
		files:   map[string]string{"etc/queue_script2.json": seedQueue, "etc/crontab_script2.json": seedCrontab},
	}.load(t)
	require.Empty(t, report.Problems)
	require.Equal(t, "script2", c.Partition)
	require.Len(t, c.Queue, 2)
	require.Equal(t, []string{
		filepath.Join(c.Home, "etc", "queue_script2.json"),
		filepath.Join(c.Home, "etc", "crontab_script2.json"),
	}, c.Files)
}

func TestHome(t *testing.T) {
	asked, named, here := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, name := range map[string]string{asked: "asked", named: "named", here: "here"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, "etc"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "etc", "dev.yaml"), []byte("Name: "+name), 0o644))
	}
	t.Chdir(here)
	variable := []string{"SCRIPT_HOME=" + named}

	for _, tt := range []struct {
		opts conf.Options
		want string
	}{
		{conf.Options{Home: asked, Environ: variable}, "asked"},
		{conf.Options{Environ: variable}, "named"},
		{conf.Options{}, "here"},
	} {
		c, report := conf.Load(tt.opts)
		require.NoError(t, report.Err())
		require.Equal(t, tt.want, c.Name)
		require.True(t, filepath.IsAbs(c.Home))
	}

	t.Chdir(t.TempDir())
	program, err := os.Executable()
	require.NoError(t, err)
	program, err = filepath.EvalSymlinks(program)
	require.NoError(t, err)
	c, report := conf.Load(conf.Options{})
	require.NoError(t, report.Err())
	require.Equal(t, filepath.Dir(program), c.Home, "without etc in the working directory")

	_, report = conf.Load(conf.Options{Home: "nowhere"})
	require.ErrorContains(t, report.Err(), "--home: nowhere is not a folder")
}

// Files outside of the working directory are named by their whole path.
func TestPathsInMessages(t *testing.T) {
	opts := house{yaml: "Port: x"}.build(t)
	home, err := os.Getwd()
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	opts.Home = home
	_, report := conf.Load(opts)
	require.Equal(t, []string{"error: " + filepath.Join(home, "etc", "dev.yaml") + `:1:7: Port wants a whole number, got the text "x"`}, complaints(report))
}

// A running daemon reads its entries again; what it runs on does not change.
func TestEntriesAgain(t *testing.T) {
	opts := house{queue: seedQueue, crontab: seedCrontab}.build(t)
	c, report := conf.Load(opts)
	require.NoError(t, report.Err())
	before := *c

	require.NoError(t, os.WriteFile("etc/queue_script1.json", []byte("[]"), 0o644))
	queue, crontab, report := conf.LoadEntries(c, opts.Known)
	require.Empty(t, report.Problems)
	require.Empty(t, queue)
	require.Equal(t, c.Crontab, crontab)
	require.Equal(t, before, *c)

	require.NoError(t, os.WriteFile("etc/queue_script1.json", []byte("["), 0o644))
	_, _, report = conf.LoadEntries(c, opts.Known)
	require.ErrorContains(t, report.Err(), "etc/queue_script1.json:1:2: the file ends too early")
}

func texts(r *conf.Report) []string {
	var all []string
	for _, p := range r.Problems {
		all = append(all, p.String())
	}
	return all
}
