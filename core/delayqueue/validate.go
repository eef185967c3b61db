package delayqueue

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"simplest_script/core"
)

// What the columns of delay_queue_log hold, in characters.
const (
	maxName    = 255
	maxExecCmd = 50
	maxParams  = 500
	maxResult  = 500
)

// maxDelay keeps exec_time, an unsigned number of seconds, from overflowing for
// the next fifty years.
const maxDelay = 50 * 365 * 24 * 3600

// validate refuses what a column would cut off or reject, naming every bad row.
func validate(jobs []core.DelayQueuePushParams) error {
	var problems []error
	refuse := func(i int, format string, args ...any) {
		problems = append(problems, fmt.Errorf("row %d: %s: %w", i, fmt.Sprintf(format, args...), core.ErrInvalidPush))
	}
	for i := range jobs {
		p := &jobs[i]
		for _, c := range []struct {
			column, value string
			most          int
		}{{"name", p.Name, maxName}, {"exec_cmd", p.ExecCmd, maxExecCmd}, {"params", p.Params, maxParams}} {
			if n := utf8.RuneCountInString(c.value); n > c.most {
				refuse(i, "%s has %d characters, the column holds %d", c.column, n, c.most)
			}
			if !utf8.ValidString(c.value) {
				refuse(i, "%s is not valid UTF-8", c.column)
			}
		}
		switch {
		case p.ExecCmd == "":
			refuse(i, "exec_cmd is empty: it names the handler that runs the job")
		case p.DelayTime < 0 || p.DelayTime > maxDelay:
			refuse(i, "delay_time is %d seconds, allowed are 0 to %d", p.DelayTime, maxDelay)
		case p.DelayMs < 0 || p.DelayMs > maxDelay*1000:
			refuse(i, "delay_ms is %d milliseconds, allowed are 0 to %d", p.DelayMs, maxDelay*1000)
		case p.ExecTime < 0 || int64(p.ExecTime) > math.MaxUint32:
			refuse(i, "exec_time is %d, allowed are Unix seconds from 0 to %d", p.ExecTime, uint32(math.MaxUint32))
		case p.ExecMs < 0 || p.ExecMs > 999:
			refuse(i, "exec_ms is %d, allowed are 0 to 999", p.ExecMs)
		case p.ExecMs != 0 && p.ExecTime == 0:
			refuse(i, "exec_ms is %d without an exec_time", p.ExecMs)
		case p.MaxAttempts < 0 || p.MaxAttempts > math.MaxUint16:
			refuse(i, "max_attempts is %d, allowed are 0 to %d", p.MaxAttempts, math.MaxUint16)
		case p.TimeoutMs < 0 || p.TimeoutMs > math.MaxUint32:
			refuse(i, "timeout_ms is %d milliseconds, allowed are 0 to %d", p.TimeoutMs, uint32(math.MaxUint32))
		case p.MaxLateMs < 0 || p.MaxLateMs > math.MaxUint32:
			refuse(i, "max_late_ms is %d milliseconds, allowed are 0 to %d", p.MaxLateMs, uint32(math.MaxUint32))
		}
	}
	return errors.Join(problems...)
}
