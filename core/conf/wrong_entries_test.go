package conf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

const (
	rightConsumer = `"name": "n", "exec_cmd": "kafka_test", "topic": "t", "group_id": "g", "progress": 1, "max_progress": 1, "status": 1`
	rightTask     = `"name": "n", "exec_cmd": "crontab_track", "cron": "0 * * * * *", "status": 1`
)

// with is a list of one entry, in which the value of a key is another one, or
// where the key is new.
func with(entry, key, value string) string {
	var pairs []string
	for pair := range strings.SplitSeq(entry, ", ") {
		if !strings.HasPrefix(pair, `"`+key+`"`) {
			pairs = append(pairs, pair)
		}
	}
	if value != "" {
		pairs = append(pairs, fmt.Sprintf("\n%q: %s", key, value))
	}
	return "[{" + strings.Join(pairs, ", ") + "}]"
}

func TestWrongQueueFile(t *testing.T) {
	const redis = `"exec_cmd": "redis_test", "key": "k", "progress": 1, "max_progress": 1, "status": 1`
	tests := []struct {
		name, queue string
		want        []string // without the name of the file
	}{
		{"an empty file", " ", []string{`error: 1:2: the file is empty (write [] for a list of nothing)`}},
		{"a file of comments", "// nothing\n", []string{`error: 2:1: the file ends too early (a bracket, a quote or a comment is not closed)`}},
		{"a file that ends too early", "[\n  {\"name\": \"n\"", []string{`error: 2:15: the file ends too early (a bracket, a quote or a comment is not closed)`}},
		{"a missing comma", "[{\"name\": \"测试\" \"status\": 1}]", []string{`error: 1:16: invalid character '"' after object value (expecting ',' or '}') (is a comma missing before it?)`}},
		{"single quotes", "[{'name': 1}]", []string{`error: 1:3: no value begins like this (text stands in double quotes)`}},
		{"text without quotes", "[{\"name\": hunter2}]", []string{`error: 1:11: no value begins like this (text stands in double quotes)`}},
		{"a line feed inside of a text is not repeated", "[{\"name\": \"hunter2\n\"}]", []string{`error: 1:11: a text with a character that needs a backslash (inside quotes write \" for a quote, \\ for a backslash, \n for a line feed)`}},
		{"an object for the list", "{" + rightConsumer + "}", []string{`error: 1:1: the file wants a list of entries, [{…}, {…}], got a map`}},
		{"a text for an entry", `["kafka_test"]`, []string{`error: 1:2: wants a map with the keys name, exec_cmd, status, topic, group_id, key, progress, max_progress, progress_lag_limit, progress_avg_msgcount, order, initial_offset, got a text`}},
		{"an unknown key", with(rightConsumer, "max_progres", "2"), []string{`error: 2:1: unknown key "max_progres" (did you mean "max_progress"?)`}},
		{"a key in the wrong case", with(rightConsumer, "Topic", `"x"`), []string{`error: 2:1: unknown key "Topic" (did you mean "topic"?)`}},
		{"a key of the other file", with(rightConsumer, "is_log", "1"), []string{`error: 2:1: unknown key "is_log"`}},
		{"a key twice", "[{" + rightConsumer + ",\n\"name\": \"m\"}]", []string{`error: 2:1: the key "name" is given twice, first in line 1 (keep one of them)`}},
		{"a number in quotes", with(rightConsumer, "progress", `"2"`), []string{`error: 2:13: progress wants a whole number, got the text "2"`}},
		{"null", with(rightConsumer, "group_id", "null"), []string{`error: 2:13: group_id wants a text, got null`}},
		{"a number for a text", with(rightConsumer, "topic", "7"), []string{`error: 2:10: topic wants a text, got a number`}},
		{"a fraction", with(rightConsumer, "status", "1.5"), []string{`error: 2:11: status wants a whole number, got 1.5`}},
		{"a status without any environment of that bit", with(rightConsumer, "status", "17"), []string{`error: 2:11: status 17 has a bit of no environment (add up 1 dev, 2 test, 4 release, 8 pre)`}},
		{"a negative status", with(rightConsumer, "status", "-1"), []string{`error: 2:11: status -1 has a bit of no environment (add up 1 dev, 2 test, 4 release, 8 pre)`}},
		{"an unknown exec_cmd", with(rightConsumer, "exec_cmd", `"kafka_tset"`), []string{`error: 2:13: no handler is registered for exec_cmd "kafka_tset" (did you mean "kafka_test"?)`}},
		{"an unknown exec_cmd that is inactive here", strings.Replace(with(rightConsumer, "exec_cmd", `"kafka_tset"`), `"status": 1`, `"status": 4`, 1), []string{`warning: 2:13: no handler is registered for exec_cmd "kafka_tset" (did you mean "kafka_test"?)`}},
		{"an empty exec_cmd", with(rightConsumer, "exec_cmd", `""`), []string{`error: 2:13: exec_cmd is empty`}},
		{"keys that must be there", "[{}]", []string{
			`error: 1:2: exec_cmd is missing`,
			`error: 1:2: status is missing`,
			`error: 1:2: topic and group_id (for Kafka) or key (for Redis) is missing`,
			`error: 1:2: progress is missing`,
			`error: 1:2: max_progress is missing`,
		}},
		{"a topic without its group", with(rightConsumer, "group_id", ""), []string{`error: 1:2: group_id is missing`}},
		{"a topic and a list", with(rightConsumer, "key", `"k"`), []string{`error: 2:1: key is for Redis and topic for Kafka: an entry has one of them (make two entries of it)`}},
		{"a list with a group", with(redis, "group_id", `"g"`), []string{`error: 2:1: group_id is for Kafka, key for Redis (leave it out)`}},
		{"a topic that Kafka does not take", with(rightConsumer, "topic", `"测试"`), []string{`error: 2:10: a topic has 1 to 249 letters, digits, dots, - or _`}},
		{"fewer workers than one", with(rightConsumer, "progress", "0"), []string{`error: 2:13: progress wants at least 1, got 0`}},
		{"a maximum below the start", with(rightConsumer, "progress", "3"), []string{`error: 1:89: max_progress (1) is below progress (3)`}},
		{"more workers without a limit", with(rightConsumer, "max_progress", "5"), []string{
			`error: 1:2: progress_lag_limit is missing`,
			`error: 1:2: progress_avg_msgcount is missing`,
		}},
		{"an order that there is not", with(rightConsumer, "order", `"partitions"`), []string{`error: 2:10: order wants partition, key, none, got "partitions" (did you mean "partition"?)`}},
		{"an offset that there is not", with(rightConsumer, "initial_offset", `"oldst"`), []string{`error: 2:19: initial_offset wants oldest, newest, got "oldst" (did you mean "oldest"?)`}},
		{"a list with an offset", with(redis, "initial_offset", `"oldest"`), []string{`error: 2:1: initial_offset is for Kafka, key for Redis (leave it out)`}},
		{"a limit of nothing", with(rightConsumer, "progress_lag_limit", "0"), []string{`error: 2:23: progress_lag_limit wants at least 1, got 0`}},
		{"a name that no column holds", with(rightConsumer, "name", `"`+strings.Repeat("名", 256)+`"`), []string{`error: 2:9: name has 256 characters, at most 255 fit`}},
		{"one topic and group twice", "[{" + rightConsumer + "},\n {" + rightConsumer + "}]", []string{`error: 2:2: the entry in line 1 consumes topic "t" with group_id "g" already`}},
		{"one list twice", "[{" + redis + "},\n {" + redis + "}]", []string{`error: 2:2: the entry in line 1 consumes key "k" already`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, report := house{queue: tt.queue}.load(t)
			require.Equal(t, tt.want, cut(complaints(report), "etc/queue_script1.json:"))
		})
	}
}

func TestWrongCrontabFile(t *testing.T) {
	const hint = " (second minute hour day month weekday, such as 0 30 2 * * *)"
	spec := func(cron string) string { return with(rightTask, "cron", fmt.Sprintf("%q", cron)) }
	tests := []struct {
		name, crontab string
		want          []string // without the name of the file
	}{
		{"no seconds", spec("*/5 * * * *"), []string{`error: 2:9: cron "*/5 * * * *": it has 5 fields, and wants 6: the seconds come first` + hint}},
		{"too many fields", spec("0 * * * * * *"), []string{`error: 2:9: cron "0 * * * * * *": it has 7 fields, and wants 6` + hint}},
		{"a word", spec("0 0 noon * * *"), []string{`error: 2:9: cron "0 0 noon * * *": "noon" is no hour` + hint}},
		{"an hour that is none", spec("0 0 24 * * *"), []string{`error: 2:9: cron "0 0 24 * * *": end of range (24) above maximum (23): 24` + hint}},
		{"a weekday that is none", spec("0 0 0 * * 7"), []string{`error: 2:9: cron "0 0 0 * * 7": a weekday is 0 to 6, where 0 is Sunday` + hint}},
		{"a weekday that is none in a range", spec("0 0 0 * * 5-7"), []string{`error: 2:9: cron "0 0 0 * * 5-7": a weekday is 0 to 6, where 0 is Sunday` + hint}},
		{"a field of nothing", spec(", * * * * *"), []string{`error: 2:9: cron ", * * * * *": "," is no second` + hint}},
		{"a date that is never", spec("0 0 0 30 2 *"), []string{`error: 2:9: cron "0 0 0 30 2 *": it never fires, since there is no such date` + hint}},
		{"a step of nothing", spec("*/0 * * * * *"), []string{`error: 2:9: cron "*/0 * * * * *": step of range should be a positive number: */0` + hint}},
		{"a time zone alone", spec("TZ=UTC"), []string{`error: 2:9: cron "TZ=UTC": nothing comes after the time zone` + hint}},
		{"a time zone that is none", spec("TZ=Asia/Beijing 0 0 2 * * *"), []string{`error: 2:9: cron "TZ=Asia/Beijing 0 0 2 * * *": the time zone "Asia/Beijing" is not known` + hint}},
		{"less than a second", spec("@every 500ms"), []string{`error: 2:9: cron "@every 500ms": @every wants at least one second` + hint}},
		{"a part of a second", spec("@every 1500ms"), []string{`error: 2:9: cron "@every 1500ms": @every wants whole seconds` + hint}},
		{"no duration", spec("@every day"), []string{`error: 2:9: cron "@every day": @every wants a duration, as in @every 1h30m` + hint}},
		{"a descriptor that is none", spec("@often"), []string{`error: 2:9: cron "@often": unrecognized descriptor: @often` + hint}},
		{"an empty cron", spec(""), []string{`error: 2:9: cron is empty`}},
		{"keys that must be there", "[{}]", []string{
			`error: 1:2: exec_cmd is missing`,
			`error: 1:2: status is missing`,
			`error: 1:2: cron is missing`,
		}},
		{"params that are no text", with(rightTask, "params", `{"name": 1}`), []string{`error: 2:11: params wants a text, got a map`}},
		{"params that no column holds", with(rightTask, "params", `"`+strings.Repeat("参", 501)+`"`), []string{`error: 2:11: params has 501 characters, at most 500 fit`}},
		{"an overlap that is neither", with(rightTask, "overlap", `"skipp"`), []string{`error: 2:12: overlap wants allow, skip, got "skipp" (did you mean "skip"?)`}},
		{"a timeout of nothing", with(rightTask, "timeout", `"0s"`), []string{`error: 2:12: timeout wants more than zero, got 0s (leave it out for no limit)`}},
		{"a timeout without a unit", with(rightTask, "timeout", "30"), []string{`error: 2:12: timeout wants a duration such as "10s", got 30`}},
		{"an unknown time zone", with(rightTask, "time_zone", `"Asia/Beijing"`), []string{`error: 2:14: the time zone "Asia/Beijing" is not known (a name such as Asia/Shanghai)`}},
		{"an empty time zone", with(rightTask, "time_zone", `""`), []string{`error: 2:14: time_zone is empty (leave it out for that of the daemon)`}},
		{"is_log that is neither", with(rightTask, "is_log", "2"), []string{`error: 2:11: is_log wants 0 or 1, got 2`}},
		{"is_log as a word", with(rightTask, "is_log", "true"), []string{`error: 2:11: is_log wants a whole number, got true`}},
		{"a command of another kind", with(rightTask, "exec_cmd", `"kafka_test"`), []string{`error: 2:13: no handler is registered for exec_cmd "kafka_test"`}},
		{"nothing tells two entries apart", "[{" + rightTask + "},\n {" + rightTask + "}]", []string{`error: 2:2: the entry in line 1 has exec_cmd "crontab_track" with the same params already (give them different params, or one cron for both)`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, report := house{crontab: tt.crontab}.load(t)
			require.Equal(t, tt.want, cut(complaints(report), "etc/crontab_script1.json:"))
		})
	}
}

// Twins that are never active in one environment are different entries.
func TestTwinsOfDifferentEnvironments(t *testing.T) {
	other := strings.Replace(rightTask, `"status": 1`, `"status": 6`, 1)
	c, report := house{crontab: "[{" + rightTask + "}, {" + other + "}]"}.load(t)
	require.Empty(t, complaints(report))
	require.Len(t, c.Crontab, 2)
}

func TestEntryFileFoundTwice(t *testing.T) {
	_, report := house{queue: "[]", files: map[string]string{"queue_script1.json": "[]"}}.load(t)
	require.Equal(t, []string{"error: etc/queue_script1.json: there is also queue_script1.json (keep one of them)"}, complaints(report))
}

func TestEntryFileThatCannotBeRead(t *testing.T) {
	_, report := house{files: map[string]string{"etc/queue_script1.json/x": " "}}.load(t)
	require.Equal(t, []string{"error: etc/queue_script1.json: cannot be read: is a directory"}, complaints(report))
}

// A YAML file that cannot be read is one error; its entries are not to blame.
func TestEntriesBesideABrokenFile(t *testing.T) {
	c, report := house{env: "release", yaml: "Redis: [", queue: seedQueue}.load(t)
	require.Equal(t, []string{"error: etc/release.yaml:1:1: not YAML: did not find expected node content"}, complaints(report))
	require.Len(t, c.Queue, 2)
	require.Empty(t, c.Mysql)
}

// What a module declares wrongly is an error too, not a panic.
func TestWrongSections(t *testing.T) {
	opts := house{}.build(t)
	opts.Sections = []conf.Section{
		{Name: ""},
		{Name: "Logger", Into: &robot{}},
		{Name: "Shop", Into: &robot{}},
		{Name: "Shop", Into: &robot{}},
		{Name: "Nil", Into: (*robot)(nil)},
		{Name: "Value", Into: robot{}},
	}
	_, report := conf.Load(opts)
	require.Equal(t, []string{
		"error: etc/dev.yaml: the section Logger is declared twice (the program must rename it)",
		"error: etc/dev.yaml: the section Shop is declared twice (the program must rename it)",
		"error: etc/dev.yaml: the section Nil cannot be read into a *conf_test.robot (the program must give a pointer to a struct)",
		"error: etc/dev.yaml: the section Value cannot be read into a conf_test.robot (the program must give a pointer to a struct)",
	}, complaints(report))
}

// Active entries need the service that they consume from.
func TestEntriesWithoutTheirService(t *testing.T) {
	h := house{
		env:   "test",
		yaml:  "Mysql: {DBConsole: embedded}\n",
		queue: `[{"exec_cmd": "kafka_test", "topic": "t", "group_id": "g", "progress": 1, "max_progress": 1, "status": 2},` + "\n" + `{"exec_cmd": "redis_test", "key": "k", "progress": 1, "max_progress": 1, "status": 2}]`,
	}
	_, report := h.load(t)
	require.Equal(t, []string{
		"error: etc/queue_script1.json:1:29: the entry is active, and no Kafka cluster Default is configured",
		"error: etc/queue_script1.json:2:28: the entry is active, and no Redis connection Default is configured",
	}, complaints(report))

	h.queue = strings.ReplaceAll(h.queue, `"status": 2`, `"status": 4`)
	_, report = h.load(t)
	require.Empty(t, complaints(report))
}

func cut(lines []string, file string) []string {
	for i := range lines {
		lines[i] = strings.Replace(lines[i], file, "", 1)
	}
	return lines
}
