package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	const good = `{"delay":{"pushed":4,"done":2,"waiting":1,"retried":1,"failed":1,"late_p99_ms":0.4},"kafka":{"done":3},"redis":{"done":2},"cron":{"done":1,"failed":0,"lost":0}}` + "\n"
	tests := []struct{ name, out, want string }{
		{"as promised", good, ""},
		{"nothing", "", "not a JSON object"},
		{"people's text", "starting\n" + good, "not a JSON object"},
		{"two objects", good + good, "more than one JSON object"},
		{"text behind it", good + "bye\n", "or text behind it"},
		{"nothing done", strings.Replace(good, `"done":2`, `"done":0`, 1), "4 delay jobs pushed, 0 done"},
		{"more done than pushed", strings.Replace(good, `"done":2`, `"done":5`, 1), "4 delay jobs pushed, 5 done"},
		{"no retry", strings.Replace(good, `"retried":1`, `"retried":0`, 1), "0 delay jobs retried"},
		{"no failure", strings.Replace(good, `"failed":1`, `"failed":0`, 1), "0 failed"},
		{"not what the rows say", strings.Replace(good, `"waiting":1`, `"waiting":0`, 1), "the rows of delay_queue_log say {Pushed:4 Done:2 Waiting:1 Retried:1 Failed:1}"},
		{"no lateness", strings.Replace(good, `"late_p99_ms":0.4`, `"late":0.4`, 1), "late_p99_ms is missing"},
		{"no cron", strings.Replace(good, `"cron":{"done":1,"failed":0,"lost":0}`, `"cron":{}`, 1), "0 done, 0 failed, 0 lost"},
		{"cron run lost", strings.Replace(good, `"lost":0`, `"lost":1`, 1), "1 done, 0 failed, 1 lost"},
		{"cron run failed", strings.Replace(good, `"failed":0`, `"failed":1`, 1), "1 done, 1 failed, 0 lost"},
		{"no Kafka", strings.Replace(good, `"kafka":{"done":3}`, `"kafka":{"done":0}`, 1), "0 messages of Kafka done"},
		{"no Redis", strings.Replace(good, `"redis"`, `"none"`, 1), "0 of Redis"},
	}
	rows := figures{Pushed: 4, Done: 2, Waiting: 1, Retried: 1, Failed: 1}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := read(strings.NewReader(tt.out))
			if err == nil {
				err = s.check(rows)
			}
			if tt.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, tt.want)
			}
		})
	}
}

func TestCount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "embedded.db")
	_, err := count(path)
	require.ErrorContains(t, err, "looking for the database")

	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.Exec(`
		CREATE TABLE delay_queue_log (exec_cmd TEXT, status INTEGER, attempts INTEGER);
		INSERT INTO delay_queue_log VALUES ('demo_hello', 3, 1), ('demo_retry', 3, 2), ('demo_retry', 1, 1),
			('demo_hello', 1, 0), ('demo_broken', 4, 1), ('order_close', 3, 1)`)
	require.NoError(t, err)
	require.NoError(t, db.Close())
	f, err := count(path)
	require.NoError(t, err)
	require.Equal(t, figures{Pushed: 5, Done: 2, Waiting: 2, Retried: 2, Failed: 1}, f)
}
