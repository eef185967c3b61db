package conf_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

// FuzzYAML: no file ends the program, and what is accepted keeps its promises.
func FuzzYAML(f *testing.F) {
	f.Add([]byte(originalYAML))
	f.Add([]byte("Mysql: &a {DBConsole: embedded}\nRedis: {Default: {<<: *a}}\n"))
	f.Add([]byte("Lease: {Beat: 1s}\nDelayQueue: {Kinds: {sms_send: {Timeout: 1s}}}\nRobot: {Targets: [{Name: a}]}"))
	home := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		write(t, home, "dev.yaml", data)
		load := func() (*conf.Config, *robot, *conf.Report) {
			section := &robot{}
			c, report := conf.Load(conf.Options{
				Home:     home,
				Sections: []conf.Section{{Name: "Robot", Into: section}},
				Known:    conf.Known{Delay: []string{"sms_send"}},
			})
			return c, section, report
		}
		c, section, report := load()
		again, sectionAgain, reportAgain := load()
		require.Equal(t, c, again)
		require.Equal(t, section, sectionAgain)
		require.Equal(t, report, reportAgain)
		if report.Err() != nil {
			return
		}
		require.Contains(t, c.Mysql, c.OwnMysql)
		require.NotNil(t, c.Location)
		require.True(t, c.Port >= -1 && c.Port <= 65535)
		require.True(t, c.Lease.Beat < c.Lease.Stop && c.Lease.Stop < c.Lease.Verdict)
		require.Positive(t, c.DelayQueue.Concurrency)
	})
}

// FuzzQueueJSON: entries that are accepted, written as plain JSON, are read as
// the same entries.
func FuzzQueueJSON(f *testing.F) {
	f.Add([]byte(seedQueue))
	f.Add([]byte("[{" + rightConsumer + "}, {" + rightConsumer + "}]"))
	home := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		queue, _, report := loadEntries(t, home, "queue_script1.json", data)
		if report.Err() != nil {
			return
		}
		again, _, report := loadEntries(t, home, "queue_script1.json", plain(t, queue))
		require.NoError(t, report.Err())
		require.Len(t, again, len(queue))
		for i := range queue {
			queue[i].Position, again[i].Position = conf.Position{}, conf.Position{}
			require.Equal(t, queue[i], again[i])
		}
	})
}

// FuzzCrontabJSON is the same for the other file; and every entry that is
// accepted fires.
func FuzzCrontabJSON(f *testing.F) {
	f.Add([]byte(seedCrontab))
	f.Add([]byte("[{" + rightTask + "}, {" + rightTask + ", \"params\": \"x\"}]"))
	home := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		_, crontab, report := loadEntries(t, home, "crontab_script1.json", data)
		if report.Err() != nil {
			return
		}
		_, again, report := loadEntries(t, home, "crontab_script1.json", plain(t, crontab))
		require.NoError(t, report.Err())
		require.Len(t, again, len(crontab))
		for i := range crontab {
			crontab[i].Position, again[i].Position = conf.Position{}, conf.Position{}
			require.Equal(t, crontab[i], again[i])
			_, err := conf.ParseCron(crontab[i].Cron, time.UTC)
			require.NoError(t, err)
		}
	})
}

// FuzzCronSpec: what is accepted fires again and again, on whole seconds.
func FuzzCronSpec(f *testing.F) {
	for _, spec := range []string{
		"0 * * * * *", "*/10 1-5/2 ? 1,15 JAN-mar sun", "@every 1h30m", "@weekly", "TZ=Asia/Shanghai 0 0 2 29 2 *", "TZ=", "CRON_TZ=UTC @hourly",
	} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		schedule, err := conf.ParseCron(spec, time.UTC)
		if err != nil {
			return
		}
		again, err := conf.ParseCron(spec, time.UTC)
		require.NoError(t, err)
		require.Equal(t, schedule, again)
		at := time.Date(2026, time.March, 29, 0, 59, 59, 1, time.UTC)
		for range 3 {
			next := schedule.Next(at)
			require.True(t, next.After(at), "%s after %s", next, at)
			require.Zero(t, next.Nanosecond())
			at = next
		}
	})
}

func loadEntries(t *testing.T, home, name string, data []byte) ([]conf.QueueEntry, []conf.CronEntry, *conf.Report) {
	t.Helper()
	write(t, home, name, data)
	c := conf.Default()
	c.Home = home
	c.Kafka = map[string]conf.Kafka{"Default": {}}
	c.Redis = map[string]conf.Redis{"Default": {}}
	return conf.LoadEntries(c, conf.Known{Consumer: []string{"kafka_test", "redis_test"}, Cron: []string{"crontab_track"}})
}

// plain writes entries as JSON without the keys that were not given.
func plain[E any](t *testing.T, entries []E) []byte {
	t.Helper()
	data, err := json.Marshal(entries)
	require.NoError(t, err)
	var items []map[string]any
	require.NoError(t, json.Unmarshal(data, &items))
	for _, item := range items {
		for key, value := range item {
			if value == "" || value == 0.0 && key != "status" && key != "is_log" {
				delete(item, key)
			}
		}
	}
	data, err = json.Marshal(append([]map[string]any{}, items...))
	require.NoError(t, err)
	return data
}

func write(t *testing.T, home, name string, data []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(home, "etc"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(home, "etc", name), data, 0o644))
}
