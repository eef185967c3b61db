package conf_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

func TestServersOfARedisCluster(t *testing.T) {
	c, report := house{yaml: "Redis:\n  Default: {Addr: 'redis-1:6379, redis-2:6379'}\n"}.load(t)
	require.NoError(t, report.Err())
	require.Equal(t, []string{"redis-1:6379", "redis-2:6379"}, c.Redis["Default"].AddrList())
}

// A file as installations of the original have it.
const originalYAML = `Name: simplest_script
Mode: pro
Host: 0.0.0.0
Port: 8888
ExecCmd: /data/simplest_script/simplest_script

Mysql:
  DBConsole: root:hunter2@tcp(127.0.0.1:3306)/console?charset=utf8mb4&parseTime=True&loc=Local
  DBShop: root:hunter2@tcp(127.0.0.1:3306)/shop?charset=utf8mb4&parseTime=True&loc=Local

Redis:
  Default:
    Addr: 127.0.0.1:6379
    Pass: 123456
    Db: 0
  Shop: {Addr: '127.0.0.1:6380', Pass: "", Db: 3}

Logger:
  Path: logs
  MaxSize: 100
  MaxBackups: 60
  MaxAge: 1
  Compress: false

Kafka:
  Brokers: 127.0.0.1:9092,127.0.0.1:9093
  MaxIdle: 10

Aliyun: {AccessKey: hunter2}
Robot:
  WechatUrl: https://example.com/hook?key=hunter2
ExportPath: /data/export
`

func TestOriginalShape(t *testing.T) {
	section := &robot{Retries: 3}
	c, report := house{env: "release", yaml: originalYAML, robot: section}.load(t)
	require.NoError(t, report.Err())
	require.Equal(t, []string{
		`warning: etc/release.yaml:29:1: the section "Aliyun" is read by no module`,
		`warning: etc/release.yaml:32:1: the section "ExportPath" is read by no module`,
	}, complaints(report))

	require.Equal(t, "DBConsole", c.OwnMysql)
	require.Len(t, c.Mysql, 2)
	require.Equal(t, conf.Redis{Addr: "127.0.0.1:6379", Pass: "123456"}, c.Redis["Default"])
	require.Equal(t, conf.Redis{Addr: "127.0.0.1:6380", Db: 3}, c.Redis["Shop"])
	require.Equal(t, map[string]conf.Kafka{"Default": {Brokers: "127.0.0.1:9092,127.0.0.1:9093", MaxIdle: 10}}, c.Kafka)
	require.Equal(t, []string{"127.0.0.1:9092", "127.0.0.1:9093"}, c.Kafka["Default"].BrokerList())
	require.Equal(t, 8888, c.Port)
	require.Equal(t, "/data/simplest_script/simplest_script", c.ExecCmd)
	require.Equal(t, conf.Logger{Path: "logs", Level: "info", MaxSize: 100, MaxBackups: 60, MaxAge: 1}, c.Logger)
	require.Equal(t, &robot{WechatUrl: "https://example.com/hook?key=hunter2", Retries: 3}, section)
}

// The original has its entry files beside the program, and an entry that drives
// the scan of the delay queue.
func TestOriginalEntryFiles(t *testing.T) {
	c, report := house{files: map[string]string{
		"queue_script1.json": seedQueue,
		"crontab_script1.json": `[
			{"cron": "0 * * * * *", "name": "延迟队列", "exec_cmd": "delay_queue", "params": "", "status": 7, "is_log": 0},
			{"cron": "*/10 * * * * *", "name": "a", "exec_cmd": "crontab_track", "params": "a", "status": 6, "is_log": 1},
			{"cron": "23 */30 * * * *", "name": "b", "exec_cmd": "crontab_track", "params": "b", "status": 1, "is_log": 1},
			{"cron": "0 15 */2 * * *", "name": "", "exec_cmd": "crontab_track", "params": "c", "status": 0, "is_log": 1},
		]`,
	}}.load(t)
	require.Len(t, report.Problems, 1)
	require.Equal(t, "note", string(report.Problems[0].Severity))
	require.Equal(t, "crontab_script1.json:2:56: the entry delay_queue is no longer needed: the delay queue scans by itself", report.Problems[0].String())

	require.Len(t, c.Queue, 2)
	var reasons []string
	for _, e := range c.Crontab {
		require.Equal(t, e.Reason == "", e.Active)
		reasons = append(reasons, e.Reason)
	}
	require.Equal(t, []string{
		"the delay queue scans by itself",
		"status 6 is active in test, release, this is dev",
		"",
		"status 0 is active in no environment, this is dev",
	}, reasons)
	require.Equal(t, "crontab_track", c.Crontab[3].Name, "an entry without a name goes by its command")
}

func TestOwnDatabase(t *testing.T) {
	tests := []struct{ yaml, want string }{
		{"", "DBConsole"},
		{"Mysql: {DBShop: embedded}", "DBShop"},
		{"Mysql: {DBShop: embedded, console: embedded}", "console"},
		{"Mysql: {DBShop: embedded, DBCONSOLE: embedded}", "DBCONSOLE"},
		{"Mysql: {DBShop: embedded, DBConsole: embedded}\nOwnMysql: DBShop", "DBShop"},
	}
	for _, tt := range tests {
		c, report := house{yaml: tt.yaml}.load(t)
		require.Empty(t, complaints(report))
		require.Equal(t, tt.want, c.OwnMysql)
	}
}
