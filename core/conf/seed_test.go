package conf_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

// The samples as the README of the original prints them, byte for byte.
const (
	seedQueue = `[
    {
        "name": "kafka测试",     // 名称
        "exec_cmd": "kafka_test",   // 脚本名称  在文件夹exec文件夹内
        "topic": "kafka_test_topic",  // topic , kafka 必填
        "group_id": "kafkaTest", // 消费者, kafka 必填
        "progress": 2,  // 默认协程数
        "max_progress": 10,  // 最大协程数，kafka默认分区数
        "progress_lag_limit": 20000,  // 消息堆积阈值
        "progress_avg_msgcount": 10000, // 协程平均消息数，超时5分钟
        "status": 4  // 位运算 1: dev 2: test 4: release
    },
    {
        "name": "redis测试",     // 名称
        "exec_cmd": "redis_test",   // 脚本名称  在文件夹exec内
        "key": "redis_test",  // redis list key, redis 必填
        "progress": 2,  // 默认协程数
        "max_progress": 10,  // 最大协程数
        "progress_lag_limit": 5000,  // 消息堆积阈值
        "progress_avg_msgcount": 1000, // 协程平均消息数，超时5分钟
        "status": 4  // 位运算 1: dev 2: test 4: release
    }
]
`
	seedCrontab = `[
    {
        "cron": "0 * * * * *",     // 执行配置 秒 分钟 小时 日 月 周
        "name": "测试定时任务",  // 名称
        "exec_cmd": "crontab_track",  // 命令  在internal/handler文件夹内
        "params": "{\"name\":\"测试\"}",  // 参数
        "status": 4,  // 位运算 1: dev 2: test 4: release
        "is_log": 0  // 是否记录日志 1: 记录 0: 不记录
    }
]
`
)

const inactiveInDev = "status 4 is active in release, this is dev"

func TestSamplesOfTheSeed(t *testing.T) {
	c, report := house{queue: seedQueue, crontab: seedCrontab}.load(t)
	require.Empty(t, report.Problems)
	require.Equal(t, []conf.QueueEntry{{
		Entry: conf.Entry{
			Name: "kafka测试", ExecCmd: "kafka_test", Status: 4, Reason: inactiveInDev,
			Position: conf.Position{File: "etc/queue_script1.json", Line: 2, Column: 5},
		},
		Topic: "kafka_test_topic", GroupID: "kafkaTest",
		Progress: 2, MaxProgress: 10, ProgressLagLimit: 20000, ProgressAvgMsgcount: 10000,
	}, {
		Entry: conf.Entry{
			Name: "redis测试", ExecCmd: "redis_test", Status: 4, Reason: inactiveInDev,
			Position: conf.Position{File: "etc/queue_script1.json", Line: 13, Column: 5},
		},
		Key:      "redis_test",
		Progress: 2, MaxProgress: 10, ProgressLagLimit: 5000, ProgressAvgMsgcount: 1000,
	}}, c.Queue)
	require.Equal(t, []conf.CronEntry{{
		Entry: conf.Entry{
			Name: "测试定时任务", ExecCmd: "crontab_track", Status: 4, Reason: inactiveInDev,
			Position: conf.Position{File: "etc/crontab_script1.json", Line: 2, Column: 5},
		},
		Cron: "0 * * * * *", Params: `{"name":"测试"}`,
	}}, c.Crontab)
}

// A byte order mark and the line ends of Windows change nothing, and no column.
func TestSamplesSavedOnWindows(t *testing.T) {
	windows := func(text string) string {
		out := "\ufeff"
		for _, c := range text {
			if c == '\n' {
				out += "\r"
			}
			out += string(c)
		}
		return out
	}
	c, report := house{
		yaml:    windows("Logger:\n  Level: warn\n"),
		queue:   windows(seedQueue),
		crontab: windows(seedCrontab),
	}.load(t)
	require.Empty(t, report.Problems)
	require.Equal(t, "warn", c.Logger.Level)
	require.Equal(t, conf.Position{File: "etc/queue_script1.json", Line: 13, Column: 5}, c.Queue[1].Position)
	require.Equal(t, "测试定时任务", c.Crontab[0].Name)
}

func TestSamplesInRelease(t *testing.T) {
	c, report := house{
		env:     "release",
		yaml:    "Mysql: {DBConsole: 'u:p@tcp(db:3306)/console'}\nRedis: {Default: {Addr: 'redis:6379'}}\nKafka: {Brokers: 'kafka:9092'}\n",
		queue:   seedQueue,
		crontab: seedCrontab,
	}.load(t)
	require.Empty(t, report.Problems)
	require.True(t, c.Queue[0].Active && c.Queue[1].Active && c.Crontab[0].Active)
	require.Empty(t, c.Queue[0].Reason)
}

// What the repository ships is right in dev, and elsewhere says what is missing.
func TestShippedFiles(t *testing.T) {
	etc, err := filepath.Abs("../../etc")
	require.NoError(t, err)
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(etc, name))
		require.NoError(t, err)
		return string(data)
	}
	h := house{queue: read("queue_script1.json"), crontab: read("crontab_script1.json"), yaml: read("dev.yaml")}
	require.Equal(t, seedQueue, h.queue)
	require.Equal(t, seedCrontab, h.crontab)

	c, report := h.load(t)
	require.Empty(t, report.Problems)
	require.Equal(t, 0, c.Port)
	require.Equal(t, map[string]conf.Secret{"DBConsole": conf.Embedded}, c.Mysql)

	for env, line := range map[string]string{"test": "9", "pre": "8", "release": "12"} {
		h.env, h.yaml, h.environ = env, read(env+".yaml"), nil
		_, report = h.load(t)
		require.Equal(t, []string{"error: etc/" + env + ".yaml:" + line + ":13: Mysql.DBConsole is empty: " +
			"write a DSN, or set SCRIPT_MYSQL_DBCONSOLE or SCRIPT_MYSQL_DBCONSOLE_FILE"}, complaints(report))

		h.environ = []string{"SCRIPT_MYSQL_DBCONSOLE=u:p@tcp(db:3306)/console"}
		_, report = h.load(t)
		require.Empty(t, report.Problems)
	}
}
