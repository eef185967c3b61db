package conf_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

func TestVariablesComeBeforeTheFile(t *testing.T) {
	section := &robot{}
	c, report := house{
		env: "release",
		yaml: `
Mysql: {DBConsole: , DB-Log: 'u:p@tcp(db:3306)/log'}
Redis: {Default: {Addr: 'redis:6379'}}
Kafka: {Brokers: 'kafka:9092'}
DelayQueue: {Kinds: {sms_send: {Timeout: 1s}}}
Robot: {Targets: [{Name: a}, {Name: b}]}
`,
		environ: []string{
			"SCRIPT_MYSQL_DBCONSOLE=root:a=b@tcp(mysql:3306)/console",
			"SCRIPT_MYSQL_DB_LOG_FILE=etc/dsn",
			"SCRIPT_REDIS_DEFAULT_ADDR=other:6379",
			"SCRIPT_REDIS_DEFAULT_PASS_FILE=etc/pass",
			"SCRIPT_REDIS_DEFAULT_DB=7",
			"SCRIPT_KAFKA_DEFAULT_BROKERS=a:9092,b:9092",
			"SCRIPT_LOGGER_LEVEL=error",
			"SCRIPT_LOGGER_STDOUT=true",
			"SCRIPT_DRAIN=5s",
			"SCRIPT_DELAYQUEUE_KINDS_SMS_SEND_TIMEOUT=2m",
			"SCRIPT_ROBOT_RETRIES=4",
			"SCRIPT_ROBOT_TARGETS_1_PASSWORD=hunter2",
			"SCRIPT_NAME=",
			"OTHER=x",
		},
		files: map[string]string{
			"etc/pass": "hunter2\r\n",
			"etc/dsn":  "u:hunter2@tcp(db:3306)/other\n",
		},
		robot: section,
	}.load(t)
	require.Empty(t, complaints(report))
	require.Equal(t, "root:a=b@tcp(mysql:3306)/console", c.Mysql["DBConsole"].Reveal())
	require.Equal(t, "u:hunter2@tcp(db:3306)/other", c.Mysql["DB-Log"].Reveal())
	require.Equal(t, conf.Redis{Addr: "other:6379", Pass: "hunter2", Db: 7}, c.Redis["Default"])
	require.Equal(t, "a:9092,b:9092", c.Kafka["Default"].Brokers)
	require.Equal(t, "error", c.Logger.Level)
	require.True(t, c.Logger.Stdout)
	require.Equal(t, 5*time.Second, c.Drain)
	require.Equal(t, 2*time.Minute, c.DelayQueue.Kinds["sms_send"].Timeout)
	require.Empty(t, c.Name, "a variable that is set but empty empties the value")
	require.Equal(t, &robot{Retries: 4, Targets: []target{{Name: "a"}, {Name: "b", Password: "hunter2"}}}, section)

	origins := map[string]string{}
	for _, v := range c.Explain() {
		origins[v.Path] = v.Origin
	}
	require.Equal(t, "SCRIPT_MYSQL_DBCONSOLE", origins["Mysql.DBConsole"])
	require.Equal(t, "SCRIPT_MYSQL_DB_LOG_FILE (etc/dsn)", origins["Mysql.DB-Log"])
	require.Equal(t, "etc/release.yaml:6:26", origins["Robot.Targets.0.Name"])
	require.Equal(t, "default", origins["Lease.Beat"])
}

// A container can bring its connections in variables alone.
func TestVariablesWithoutSections(t *testing.T) {
	c, report := house{
		env:  "release",
		yaml: "Port: 80",
		environ: []string{
			"SCRIPT_MYSQL_DBCONSOLE=u:p@tcp(db:3306)/console",
			"SCRIPT_REDIS_DEFAULT_ADDR=redis:6379",
			"SCRIPT_KAFKA_DEFAULT_BROKERS=kafka:9092",
		},
	}.load(t)
	require.Empty(t, complaints(report))
	require.Equal(t, "DBConsole", c.OwnMysql)
	require.Equal(t, "redis:6379", c.Redis["Default"].Addr)
	require.Equal(t, "kafka:9092", c.Kafka["Default"].Brokers)

	c, report = house{environ: []string{"SCRIPT_MYSQL_DBCONSOLE=u:p@tcp(db:3306)/console"}}.load(t)
	require.Empty(t, complaints(report))
	require.Equal(t, "u:p@tcp(db:3306)/console", c.Mysql["DBConsole"].Reveal())
}
