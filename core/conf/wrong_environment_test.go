package conf_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWrongEnvironment(t *testing.T) {
	tests := []struct {
		name  string
		house house
		want  []string
	}{{
		// Weakness of the original: an unknown environment silently means dev.
		"an environment that is none",
		house{environ: []string{"SCRIPT_ENV=relaese"}},
		[]string{`error: SCRIPT_ENV: wants dev, test, pre or release, got "relaese" (did you mean "release"?)`},
	}, {
		"an environment in the wrong case",
		house{environ: []string{"SCRIPT_ENV=Release"}},
		[]string{`error: SCRIPT_ENV: wants dev, test, pre or release, got "Release" (did you mean "release"?)`},
	}, {
		"an environment that is a path",
		house{environ: []string{"SCRIPT_ENV=../etc/dev"}},
		[]string{`error: SCRIPT_ENV: wants dev, test, pre or release, got "../etc/dev"`},
	}, {
		"an environment that is empty",
		house{environ: []string{"SCRIPT_ENV="}},
		[]string{`error: SCRIPT_ENV: wants dev, test, pre or release, got ""`},
	}, {
		"a partition that is a path, and a home that is none",
		house{environ: []string{"SCRIPT_PARTITION=../1", "SCRIPT_HOME=nowhere"}},
		[]string{
			`error: SCRIPT_PARTITION: wants 1 to 20 letters, digits, - or _, got "../1" (such as script1)`,
			`error: SCRIPT_HOME: nowhere is not a folder`,
		},
	}, {
		"a partition that no column holds",
		house{environ: []string{"SCRIPT_PARTITION=a23456789012345678901"}},
		[]string{`error: SCRIPT_PARTITION: wants 1 to 20 letters, digits, - or _, got "a23456789012345678901" (such as script1)`},
	}, {
		"a home that is empty",
		house{environ: []string{"SCRIPT_HOME="}},
		[]string{`error: SCRIPT_HOME: set, but empty`},
	}, {
		"text for a number",
		house{environ: []string{"SCRIPT_PORT=http"}},
		[]string{`error: SCRIPT_PORT: Port wants a whole number, got the text "http"`},
	}, {
		"a value that the file would not take either",
		house{environ: []string{"SCRIPT_LOGGER_LEVEL=trace"}},
		[]string{`error: SCRIPT_LOGGER_LEVEL: Logger.Level wants debug, info, warn or error, got "trace"`},
	}, {
		"a DSN that is none is not repeated",
		house{environ: []string{"SCRIPT_MYSQL_DBCONSOLE=root:hunter2@db"}},
		[]string{`error: SCRIPT_MYSQL_DBCONSOLE: Mysql.DBConsole wants a DSN: missing the slash separating the database name`},
	}, {
		"a variable that is misspelled",
		house{environ: []string{"SCRIPT_LOGER_LEVEL=info", "SCRIPT_MYSQL_DBCONSLE_FILE=x", "SCRIPT_RUN=1"}},
		[]string{
			`warning: SCRIPT_LOGER_LEVEL: the variable sets nothing (did you mean SCRIPT_LOGGER_LEVEL?)`,
			`warning: SCRIPT_MYSQL_DBCONSLE_FILE: the variable sets nothing (did you mean SCRIPT_MYSQL_DBCONSOLE_FILE?)`,
			`warning: SCRIPT_RUN: the variable sets nothing`,
		},
	}, {
		"a value and a file with the value",
		house{environ: []string{"SCRIPT_NAME=a", "SCRIPT_NAME_FILE=b"}},
		[]string{`error: SCRIPT_NAME: set, and SCRIPT_NAME_FILE too (keep one of them)`},
	}, {
		"a file that is not there",
		house{environ: []string{"SCRIPT_REDIS_DEFAULT_PASS_FILE=/nowhere/pass"}},
		[]string{`error: SCRIPT_REDIS_DEFAULT_PASS_FILE: the file /nowhere/pass cannot be read: no such file or directory`},
	}, {
		"what is in a file is not repeated",
		house{
			environ: []string{"SCRIPT_REDIS_DEFAULT_DB_FILE=etc/pass"},
			files:   map[string]string{"etc/pass": "hunter2\n"},
		},
		[]string{`error: SCRIPT_REDIS_DEFAULT_DB_FILE (etc/pass): Redis.Default.Db wants a whole number, got another text`},
	}, {
		"a variable that stands for two connections",
		house{
			yaml:    "Redis: {shop-a: {Addr: embedded}, shop_a: {Addr: embedded}}",
			environ: []string{"SCRIPT_REDIS_SHOP_A_DB=1"},
		},
		[]string{`error: SCRIPT_REDIS_SHOP_A_DB: the variable stands for Redis.shop-a.Db and for Redis.shop_a.Db (rename one of them)`},
	}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, report := tt.house.load(t)
			require.Equal(t, tt.want, complaints(report))
		})
	}
}
