package conf

import (
	"slices"
	"strings"
	"time"

	"simplest_script/core/conf/strict"
)

// scanCommand is the exec_cmd by which files of the original drive the scan of
// the delay queue each minute.
const scanCommand = "delay_queue"

// maxCommand is the limit of the column exec_cmd of crontab_log, in characters.
const maxCommand = 500

// checkCron checks one task.
func (l *entryLoader) checkCron(n *strict.Node, e *CronEntry, known []string) {
	if e.ExecCmd == scanCommand {
		known = append([]string{scanCommand}, known...)
	}
	l.checkEntry(n, &e.Entry, known)
	if e.ExecCmd == scanCommand {
		e.Active, e.Reason = false, "the delay queue scans by itself"
		l.report.Notef(valueAt(n, "exec_cmd"), "the entry %s is no longer needed: the delay queue scans by itself", scanCommand)
	}
	l.checkLength(n, "exec_cmd", e.ExecCmd, maxCommand)
	l.checkLength(n, "params", e.Params, maxParams)
	if e.IsLog != 0 && e.IsLog != 1 {
		l.report.Errorf(valueAt(n, "is_log"), "", "is_log wants 0 or 1, got %d", e.IsLog)
	}
	l.checkOverlap(n, e)
	if l.read(n, "timeout") && e.Timeout <= 0 {
		l.report.Errorf(valueAt(n, "timeout"), "leave it out for no limit", "timeout wants more than zero, got %s", e.Timeout)
	}
	l.required(n, "cron")
	if e.Cron == "" || !l.checkZone(n, e) {
		return
	}
	if _, err := ParseCron(e.Spec(), l.conf.Location); err != nil {
		l.report.Errorf(valueAt(n, "cron"), "second minute hour day month weekday, such as 0 30 2 * * *", "cron %q: %v", e.Cron, err)
	}
}

// checkOverlap checks what is to become of a tick that is due while an earlier run goes on.
func (l *entryLoader) checkOverlap(n *strict.Node, e *CronEntry) {
	words := []string{"allow", "skip"}
	if n.Pair("overlap") != nil && !slices.Contains(words, e.Overlap) {
		l.report.Errorf(valueAt(n, "overlap"), strict.Suggest(e.Overlap, words), "overlap wants %s, got %s", strings.Join(words, ", "), strict.Quote(e.Overlap))
	}
}

// checkZone tells whether the time zone of the entry can be used.
func (l *entryLoader) checkZone(n *strict.Node, e *CronEntry) bool {
	if n.Pair("time_zone") == nil {
		return true
	}
	_, zoned, _ := cutZone(e.Cron)
	_, err := time.LoadLocation(e.TimeZone)
	switch {
	case e.TimeZone == "":
		l.report.Errorf(valueAt(n, "time_zone"), "leave it out for that of the daemon", "time_zone is empty")
	case err != nil:
		l.report.Errorf(valueAt(n, "time_zone"), "a name such as Asia/Shanghai", "the time zone %s is not known", strict.Quote(e.TimeZone))
	case zoned:
		l.report.Errorf(valueAt(n, "time_zone"), "keep one of them", "cron %q has a time zone already", e.Cron)
	default:
		return true
	}
	return false
}

// checkCronTwins reports tasks that nothing tells apart.
func (l *entryLoader) checkCronTwins() {
	twins(l.crontab, func(e CronEntry) string { return pairOf(e.ExecCmd, e.Params) }, func(e CronEntry, line int) {
		l.report.Errorf(e.Position, "give them different params, or one cron for both",
			"the entry in line %d has exec_cmd %q with the same params already", line, e.ExecCmd)
	})
}
