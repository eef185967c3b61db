package conf_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Each wrong file gets exactly these messages. The lines of a file are counted
// from 1, and its first line is the one after the opening quote.
func TestWrongYAML(t *testing.T) {
	const dsn = "Mysql: {DBConsole: 'u:p@tcp(db:3306)/console'}\n"
	tests := []struct {
		name  string
		house house
		want  []string
	}{{
		"a key that is not known",
		house{yaml: "Logger:\n  Levle: info\n"},
		[]string{`error: etc/dev.yaml:2:3: unknown key "Levle" in Logger (did you mean "Level"?)`},
	}, {
		"a key in the wrong case",
		house{yaml: "Logger:\n  level: info\n"},
		[]string{`error: etc/dev.yaml:2:3: unknown key "level" in Logger (did you mean "Level"?)`},
	}, {
		"a key that is like none",
		house{yaml: "Lease:\n  Xyzzy: 1s\n"},
		[]string{`error: etc/dev.yaml:2:3: unknown key "Xyzzy" in Lease`},
	}, {
		"a Kafka cluster that could not be reached so",
		house{env: "release", yaml: dsn + `Kafka:
  Default: {Brokers: 'a:9092', Compression: zip, Sasl: {Mechanism: SCRAM-SHA256, User: u}, Tls: {Ca: ca.pem}}
  Other:
    Brokers: b:9092
    Tls: {Enable: true, Cert: none.pem, SkipVerify: true}
    Sasl: {Pass: hunter2}
  Plain: {Brokers: 'c:9092', Sasl: {Mechanism: PLAIN, User: u, Pass: hunter2}}
`},
		[]string{
			`error: etc/release.yaml:3:45: Kafka.Default.Compression wants none, gzip, snappy, lz4, zstd, got "zip" (did you mean "gzip"?)`,
			`error: etc/release.yaml:3:56: Kafka.Default.Sasl.Pass is empty: write it, or set SCRIPT_KAFKA_DEFAULT_SASL_PASS or SCRIPT_KAFKA_DEFAULT_SASL_PASS_FILE`,
			`error: etc/release.yaml:3:68: Kafka.Default.Sasl.Mechanism wants PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, got "SCRAM-SHA256" (did you mean "SCRAM-SHA-256"?)`,
			`error: etc/release.yaml:3:97: Kafka.Default.Tls has settings, but is not enabled (write Enable: true)`,
			`error: etc/release.yaml:6:10: Kafka.Other.Tls wants Cert and Key together`,
			`error: etc/release.yaml:6:31: Kafka.Other.Tls.Cert: the file none.pem cannot be read: no such file or directory`,
			`error: etc/release.yaml:6:53: Kafka.Other.Tls.SkipVerify is not allowed in release: anybody could pass for the brokers (name the authority of the brokers in Ca)`,
			`error: etc/release.yaml:7:11: Kafka.Other.Sasl.Mechanism is empty (PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512)`,
			`error: etc/release.yaml:7:11: Kafka.Other.Sasl.User is empty`,
			`warning: etc/release.yaml:8:48: Kafka.Plain sends its password in the clear (enable Tls, or use SCRAM-SHA-256)`,
		},
	}, {
		"an embedded Kafka with a login, and brokers that nobody checks",
		house{yaml: "Kafka:\n  Default: {Brokers: embedded, Sasl: {User: u}}\n  Test: {Brokers: 'a:9092', Tls: {Enable: true, SkipVerify: true}}\n"},
		[]string{
			`error: etc/dev.yaml:2:12: Kafka.Default is embedded, which has no TLS and no login (leave out Tls and Sasl)`,
			`warning: etc/dev.yaml:3:61: Kafka.Test.Tls.SkipVerify: anybody can pass for the brokers (name the authority of the brokers in Ca)`,
		},
	}, {
		"a misspelled section",
		house{yaml: "Loger:\n  Level: info\n"},
		[]string{`error: etc/dev.yaml:1:1: unknown key "Loger" (did you mean "Logger"?)`},
	}, {
		"a section in the wrong case, and of the wrong kind",
		house{yaml: "logger: info\nPORT: {}\n"},
		[]string{
			`error: etc/dev.yaml:1:1: unknown key "logger" (did you mean "Logger"?)`,
			`error: etc/dev.yaml:2:1: unknown key "PORT" (did you mean "Port"?)`,
		},
	}, {
		"a misspelled section without anything in it",
		house{yaml: "Reids:\n"},
		[]string{`error: etc/dev.yaml:1:1: unknown key "Reids" (did you mean "Redis"?)`},
	}, {
		"words that are near to ours, but another thing",
		house{yaml: "Node: {a: 1}\nHosts: [a]\nKafkaUi: x\n"},
		[]string{
			`warning: etc/dev.yaml:1:1: the section "Node" is read by no module`,
			`error: etc/dev.yaml:2:1: unknown key "Hosts" (did you mean "Host"?)`,
			`warning: etc/dev.yaml:3:1: the section "KafkaUi" is read by no module`,
		},
	}, {
		"a section in the wrong case",
		house{yaml: "MySQL:\n  DBConsole: embedded\n"},
		[]string{`error: etc/dev.yaml:1:1: unknown key "MySQL" (did you mean "Mysql"?)`},
	}, {
		"a misspelled section of a module",
		house{yaml: "Robots:\n  Retries: 3\n", robot: &robot{}},
		[]string{`error: etc/dev.yaml:1:1: unknown key "Robots" (did you mean "Robot"?)`},
	}, {
		"a section that no module has declared",
		house{yaml: "Oss:\n  Bucket: x\nRobot: {WechatUrl: x}\n"},
		[]string{
			`warning: etc/dev.yaml:1:1: the section "Oss" is read by no module`,
			`warning: etc/dev.yaml:3:1: the section "Robot" is read by no module`,
		},
	}, {
		"a wrong key in a module's section",
		house{yaml: "Robot:\n  WechatURL: x\n", robot: &robot{}},
		[]string{`error: etc/dev.yaml:2:3: unknown key "WechatURL" in Robot (did you mean "WechatUrl"?)`},
	}, {
		"text for a number",
		house{yaml: "Port: abc\n"},
		[]string{`error: etc/dev.yaml:1:7: Port wants a whole number, got the text "abc"`},
	}, {
		"a number in quotes",
		house{yaml: `Port: "8080"`},
		[]string{`error: etc/dev.yaml:1:7: Port wants a whole number, got the text "8080"`},
	}, {
		"a fraction for a whole number",
		house{yaml: "Port: 80.5"},
		[]string{`error: etc/dev.yaml:1:7: Port wants a whole number, got 80.5`},
	}, {
		"an octal number",
		house{yaml: "Logger: {MaxAge: 010}"},
		[]string{`error: etc/dev.yaml:1:18: Logger.MaxAge wants a whole number, got 010`},
	}, {
		"a number that is too large for a machine",
		house{yaml: "Port: 99999999999999999999"},
		[]string{`error: etc/dev.yaml:1:7: Port wants a whole number from -9223372036854775808 to 9223372036854775807, got 99999999999999999999`},
	}, {
		"a number out of range",
		house{yaml: "Port: 65536"},
		[]string{`error: etc/dev.yaml:1:7: Port wants a number from -1 to 65535, got 65536 (0 is any free port, -1 no HTTP server)`},
	}, {
		"a word for true or false",
		house{yaml: "Logger:\n  Compress: yes\n"},
		[]string{`error: etc/dev.yaml:2:13: Logger.Compress wants true or false, got the text "yes"`},
	}, {
		"a duration without its unit",
		house{yaml: "Drain: 30\n"},
		[]string{`error: etc/dev.yaml:1:8: Drain wants a duration such as "10s", got 30`},
	}, {
		"a duration with a unit that is none",
		house{yaml: "Drain: 30 seconds\n"},
		[]string{`error: etc/dev.yaml:1:8: Drain wants a duration such as "10s", got the text "30 seconds"`},
	}, {
		"a text for a section",
		house{yaml: "Logger: info\n"},
		[]string{`error: etc/dev.yaml:1:9: Logger wants a map with the keys Path, Level, MaxSize, MaxBackups, MaxAge, Compress, Stdout, got a text`},
	}, {
		"a list for a section",
		house{yaml: "Redis:\n  - Addr: x\n"},
		[]string{`error: etc/dev.yaml:2:3: Redis wants a map, got a list`},
	}, {
		"a map for a text",
		house{yaml: "Mysql:\n  DBConsole:\n    Host: x\n"},
		[]string{`error: etc/dev.yaml:3:5: Mysql.DBConsole wants a text, got a map`},
	}, {
		"a text for a list",
		house{yaml: "Robot: {Targets: all}\n", robot: &robot{}},
		[]string{`error: etc/dev.yaml:1:18: Robot.Targets wants a list, got a text`},
	}, {
		"a wrong key inside of a list",
		house{yaml: "Robot:\n  Targets:\n    - Name: a\n    - Nmae: b\n", robot: &robot{}},
		[]string{`error: etc/dev.yaml:4:7: unknown key "Nmae" in Robot.Targets.1 (did you mean "Name"?)`},
	}, {
		"a Redis section without names",
		house{yaml: "Redis:\n  Addr: redis:6379\n"},
		[]string{`error: etc/dev.yaml:2:9: Redis.Addr wants a map with the keys Addr, Pass, Db, got a text`},
	}, {
		"a key twice",
		house{yaml: "Port: 1\nName: x\nPort: 2\n"},
		[]string{`error: etc/dev.yaml:3:1: the key "Port" is given twice, first in line 1 (keep one of them)`},
	}, {
		"a second document",
		house{yaml: "Port: 1\n---\nPort: 2\n"},
		[]string{`error: etc/dev.yaml:3:1: a second document (---) begins here (one file holds one configuration)`},
	}, {
		"a list for the file",
		house{yaml: "- Port: 1\n"},
		[]string{`error: etc/dev.yaml:1:1: the file wants keys such as Mysql: and Logger:, got a list`},
	}, {
		"a tab",
		house{yaml: "Logger:\n\tLevel: info\n"},
		[]string{`error: etc/dev.yaml:2:1: not YAML: a tab at the beginning of the line (YAML is indented with spaces)`},
	}, {
		"an indentation that fits nothing",
		house{yaml: "Logger:\n    Level: info\n  Path: logs\nPort: 0\n"},
		[]string{`error: etc/dev.yaml:3:3: not YAML: did not find expected key (check the indentation of this line)`},
	}, {
		"a bracket that is never closed",
		house{yaml: "Name: x\nRedis: {Default: {Addr: embedded}\nPort: 0\n"},
		[]string{`error: etc/dev.yaml:2:1: not YAML: did not find expected ',' or '}'`},
	}, {
		"a colon inside of a text",
		house{yaml: "Name: x\nHost: a: b\n"},
		[]string{`error: etc/dev.yaml:2:1: not YAML: mapping values are not allowed in this context (check the indentation; text with a colon and a space stands in quotes)`},
	}, {
		"a password that looks like an alias is not repeated",
		house{yaml: "Redis:\n  Default:\n    Pass: *hunter2\n"},
		[]string{`error: etc/dev.yaml:3:5: not YAML: an alias (*) of something that is not in the file (text that begins with * stands in quotes)`},
	}, {
		"a tag",
		house{yaml: "Name: !secret x\n"},
		[]string{`error: etc/dev.yaml:1:7: a tag (!) that is not known here (leave it out)`},
	}, {
		"another encoding",
		house{yaml: "Name: \xd6l\n"},
		[]string{`error: etc/dev.yaml:1:7: the file is not UTF-8 text: byte 0xd6 (save it as UTF-8)`},
	}, {
		"a level that is none",
		house{yaml: "Logger: {Level: inof}\n"},
		[]string{`error: etc/dev.yaml:1:17: Logger.Level wants debug, info, warn or error, got "inof" (did you mean "info"?)`},
	}, {
		"a time zone that is none",
		house{yaml: "TimeZone: Asia/Shangai\n"},
		[]string{`error: etc/dev.yaml:1:11: TimeZone "Asia/Shangai" is not known (such as Asia/Shanghai, UTC or Local)`},
	}, {
		"negative numbers",
		house{yaml: "Drain: -1s\nLogger: {MaxSize: 0, MaxAge: -1}\nDelayQueue:\n  Concurrency: 0\n"},
		[]string{
			`error: etc/dev.yaml:1:8: Drain wants at least 0s, got -1s`,
			`error: etc/dev.yaml:2:19: Logger.MaxSize wants at least 1, got 0`,
			`error: etc/dev.yaml:2:30: Logger.MaxAge wants at least 0, got -1`,
			`error: etc/dev.yaml:4:16: DelayQueue.Concurrency wants at least 1, got 0`,
		},
	}, {
		"a lease that ends before a daemon could stop itself",
		house{yaml: "Lease:\n  Beat: 3s\n  Stop: 3s\n  Verdict: 3s\n  Scan: 2s\n"},
		[]string{
			`error: etc/dev.yaml:3:9: Lease.Stop (3s) must be longer than Lease.Beat (3s)`,
			`error: etc/dev.yaml:4:12: Lease.Verdict (3s) must be longer than Lease.Stop (3s)`,
			`error: etc/dev.yaml:5:9: Lease.Scan (2s) must be at most a third of Lease.Verdict (3s)`,
		},
	}, {
		"consumers that could not keep what they have",
		house{yaml: "Consumer:\n  CheckEvery: 0s\n  KeepHigh: 0s\n  KafkaSession: 999ms\n  RedisLease: 999ms\n"},
		[]string{
			`error: etc/dev.yaml:2:15: Consumer.CheckEvery wants at least 1ms, got 0s`,
			`error: etc/dev.yaml:3:13: Consumer.KeepHigh wants at least 1ms, got 0s`,
			`error: etc/dev.yaml:4:17: Consumer.KafkaSession wants at least 1s, got 999ms`,
			`error: etc/dev.yaml:5:15: Consumer.RedisLease wants at least 1s, got 999ms`,
		},
	}, {
		"settings for a kind of job that has no handler",
		house{yaml: "DelayQueue:\n  Kinds:\n    sms_sned:\n      Timeout: 5s\n"},
		[]string{`error: etc/dev.yaml:4:7: DelayQueue.Kinds: no delay job "sms_sned" is registered (did you mean "sms_send"?)`},
	}, {
		"a DSN without its slash",
		house{yaml: "Mysql:\n  DBConsole: root:hunter2@tcp(db:3306)\n"},
		[]string{`error: etc/dev.yaml:2:14: Mysql.DBConsole wants a DSN: missing the slash separating the database name`},
	}, {
		"a DSN that is a URL",
		house{yaml: "Mysql:\n  DBConsole: mysql://root:hunter2@db:3306/console\n"},
		[]string{`error: etc/dev.yaml:2:14: Mysql.DBConsole wants a DSN: it is not of the form user:password@tcp(host:port)/database?parameter=value`},
	}, {
		"a DSN without a database",
		house{yaml: "Mysql:\n  DBConsole: root:hunter2@tcp(db:3306)/\n"},
		[]string{`error: etc/dev.yaml:2:14: Mysql.DBConsole wants a DSN: it names no database after the slash`},
	}, {
		"an address without a port",
		house{yaml: "Redis:\n  Default: {Addr: redis}\n"},
		[]string{`error: etc/dev.yaml:2:19: Redis.Default.Addr wants host:port: a host, a colon and a port`},
	}, {
		"one of several addresses without a port",
		house{yaml: "Redis:\n  Default: {Addr: 'redis-1:6379, redis-2'}\n"},
		[]string{`error: etc/dev.yaml:2:19: Redis.Default.Addr wants host:port: a host, a colon and a port`},
	}, {
		"an address with a password is not repeated",
		house{yaml: "Redis:\n  Default: {Addr: 'redis://:hunter2@redis:6379'}\n"},
		[]string{`error: etc/dev.yaml:2:19: Redis.Default.Addr wants host:port: a host, a colon and a port`},
	}, {
		"a connection without an address",
		house{yaml: "Redis:\n  Default: {Db: 1}\n"},
		[]string{`error: etc/dev.yaml:2:12: Redis.Default.Addr is empty: write host:port, or set SCRIPT_REDIS_DEFAULT_ADDR or SCRIPT_REDIS_DEFAULT_ADDR_FILE`},
	}, {
		"a broker with a port that is none",
		house{yaml: "Kafka: {Brokers: 'a:9092, b:99999'}\n"},
		[]string{`error: etc/dev.yaml:1:18: Kafka.Default.Brokers wants host:port, or several with commas: a port is a number from 1 to 65535`},
	}, {
		"a flat Kafka section with a wrong key",
		house{yaml: "Kafka:\n  Borkers: a:9092\n"},
		[]string{
			`error: etc/dev.yaml:2:3: unknown key "Borkers" in Kafka.Default (did you mean "Brokers"?)`,
			`error: etc/dev.yaml:2:3: Kafka.Default.Brokers is empty: write host:port, or several with commas, or set SCRIPT_KAFKA_DEFAULT_BROKERS or SCRIPT_KAFKA_DEFAULT_BROKERS_FILE`,
		},
	}, {
		"several databases and none is the daemon's own",
		house{yaml: "Mysql:\n  DBShop: embedded\n  DBLog: embedded\n"},
		[]string{`error: etc/dev.yaml:2:3: several connections, and none is named as the daemon's own: DBLog, DBShop (write OwnMysql: DBLog)`},
	}, {
		"two databases that are both called console",
		house{yaml: "Mysql:\n  Console: embedded\n  dbconsole: embedded\n  DBLog: embedded\n"},
		[]string{`error: etc/dev.yaml:2:3: several connections, and none is named as the daemon's own: Console, DBLog, dbconsole (write OwnMysql: Console)`},
	}, {
		"an own database that is not there",
		house{yaml: "OwnMysql: DBConsol\nMysql:\n  DBConsole: embedded\n  DBLog: embedded\n"},
		[]string{`error: etc/dev.yaml:1:11: OwnMysql is "DBConsol", which is not among the connections of Mysql: DBConsole, DBLog (did you mean "DBConsole"?)`},
	}, {
		"an own database that is a DSN is not repeated",
		house{yaml: "OwnMysql: root:hunter2@tcp(db:3306)/console\n"},
		[]string{`error: etc/dev.yaml:1:11: OwnMysql is "******", which is not among the connections of Mysql: DBConsole`},
	}, {
		"embedded services in release",
		house{env: "release", yaml: "Mysql: {DBConsole: embedded}\nRedis: {Default: {Addr: embedded}}\nKafka: {Brokers: embedded}\n"},
		[]string{
			`error: etc/release.yaml:1:20: Mysql.DBConsole is embedded, which release does not allow: its data would be lost (write a DSN)`,
			`error: etc/release.yaml:2:25: Redis.Default.Addr is embedded, which release does not allow: its data would be lost (write host:port)`,
			`error: etc/release.yaml:3:18: Kafka.Default.Brokers is embedded, which release does not allow: its data would be lost (write host:port, or several with commas)`,
		},
	}, {
		"embedded in another case",
		house{yaml: "Mysql: {DBConsole: Embedded}\n"},
		[]string{`error: etc/dev.yaml:1:20: Mysql.DBConsole wants a DSN (did you mean "embedded"?)`},
	}, {
		"no database in test",
		house{env: "test", yaml: "Port: 0\n"},
		[]string{`error: etc/test.yaml: Mysql is missing: the daemon keeps its own tables there (write it in the file, or set SCRIPT_MYSQL_DBCONSOLE)`},
	}, {
		"a database without a DSN in release",
		house{env: "release", yaml: "Mysql:\n  DBConsole:\n"},
		[]string{`error: etc/release.yaml:2:13: Mysql.DBConsole is empty: write a DSN, or set SCRIPT_MYSQL_DBCONSOLE or SCRIPT_MYSQL_DBCONSOLE_FILE`},
	}, {
		"no file in release",
		house{env: "release"},
		[]string{`error: etc/release.yaml: the configuration of the environment release is not there (only dev works without)`},
	}, {
		"a file with another ending",
		house{env: "release", files: map[string]string{"etc/release.yml": dsn}},
		[]string{`error: etc/release.yaml: not there: rename etc/release.yml to release.yaml`},
	}, {
		"a folder in the place of the file",
		house{env: "release", files: map[string]string{"etc/release.yaml/x": " "}},
		[]string{`error: etc/release.yaml: cannot be read: is a directory`},
	}, {
		"all errors of all files at once",
		house{
			yaml:    "Port: abc\nLogger: {Levle: x, MaxAge: -1}\n",
			queue:   "[{]",
			crontab: `[{"exec_cmd": "crontab_trakc", "status": 1, "cron": "* * * * *"}]`,
			environ: []string{"SCRIPT_DRAIN=x"},
		},
		[]string{
			`error: etc/dev.yaml:1:7: Port wants a whole number, got the text "abc"`,
			`error: etc/dev.yaml:2:10: unknown key "Levle" in Logger (did you mean "Level"?)`,
			`error: etc/dev.yaml:2:28: Logger.MaxAge wants at least 0, got -1`,
			`error: SCRIPT_DRAIN: Drain wants a duration such as "10s", got the text "x"`,
			`error: etc/queue_script1.json:1:3: invalid character ']' at start of value (is a bracket missing before it?)`,
			`error: etc/crontab_script1.json:1:15: no handler is registered for exec_cmd "crontab_trakc" (did you mean "crontab_track"?)`,
			`error: etc/crontab_script1.json:1:53: cron "* * * * *": it has 5 fields, and wants 6: the seconds come first (second minute hour day month weekday, such as 0 30 2 * * *)`,
		},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, report := tt.house.load(t)
			require.Equal(t, tt.want, complaints(report))
		})
	}
}
