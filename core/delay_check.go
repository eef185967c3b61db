package core

import (
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// What the columns of delay_queue_log hold, in characters.
const (
	maxName    = 255
	maxExecCmd = 50
	maxParams  = 500
	maxKey     = 191
)

// maxDelay keeps exec_time, an unsigned number of seconds, from overflowing for
// the next fifty years.
const maxDelay = 50 * 365 * 24 * 3600

// CheckPush returns why a push of the jobs would be refused, naming every bad row by
// its index, or nil. What it refuses a column would cut off or reject. Each of the
// joined errors wraps ErrInvalidPush and begins with "row ", the index and the column.
func CheckPush(jobs []DelayQueuePushParams) error {
	var problems []error
	row := 0
	refuse := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("row %d: %s: %w", row, fmt.Sprintf(format, args...), ErrInvalidPush))
	}
	for row = range jobs {
		p := &jobs[row]
		p.checkText(refuse, "name", p.Name, maxName)
		p.checkText(refuse, "exec_cmd", p.ExecCmd, maxExecCmd)
		p.checkText(refuse, "params", p.Params, maxParams)
		p.checkText(refuse, "unique_key", p.UniqueKey, maxKey)
		p.checkNumbers(refuse)
	}
	return errors.Join(problems...)
}

func (p *DelayQueuePushParams) checkText(refuse func(format string, args ...any), column, value string, most int) {
	if len(value) > most { // bytes
		if n := utf8.RuneCountInString(value); n > most {
			refuse("%s has %d characters, the column holds %d", column, n, most)
		}
	}
	if !utf8.ValidString(value) {
		refuse("%s is not valid UTF-8", column)
	}
}

func (p *DelayQueuePushParams) checkNumbers(refuse func(format string, args ...any)) {
	switch {
	case p.ExecCmd == "":
		refuse("exec_cmd is empty: it names the handler that runs the job")
	case p.DelayTime < 0 || p.DelayTime > maxDelay:
		refuse("delay_time is %d seconds, allowed are 0 to %d", p.DelayTime, maxDelay)
	case p.DelayMs < 0 || p.DelayMs > maxDelay*1000:
		refuse("delay_ms is %d milliseconds, allowed are 0 to %d", p.DelayMs, maxDelay*1000)
	case p.ExecTime < 0 || int64(p.ExecTime) > math.MaxUint32:
		refuse("exec_time is %d, allowed are Unix seconds from 0 to %d", p.ExecTime, uint32(math.MaxUint32))
	case p.ExecMs < 0 || p.ExecMs > 999:
		refuse("exec_ms is %d, allowed are 0 to 999", p.ExecMs)
	case p.ExecMs != 0 && p.ExecTime == 0:
		refuse("exec_ms is %d without an exec_time", p.ExecMs)
	case p.MaxAttempts < 0 || p.MaxAttempts > math.MaxUint16:
		refuse("max_attempts is %d, allowed are 0 to %d", p.MaxAttempts, math.MaxUint16)
	case p.TimeoutMs < 0 || p.TimeoutMs > math.MaxUint32:
		refuse("timeout_ms is %d milliseconds, allowed are 0 to %d", p.TimeoutMs, uint32(math.MaxUint32))
	case p.MaxLateMs < 0 || p.MaxLateMs > math.MaxUint32:
		refuse("max_late_ms is %d milliseconds, allowed are 0 to %d", p.MaxLateMs, uint32(math.MaxUint32))
	case p.UniqueFor < 0 || p.UniqueFor > maxDelay:
		refuse("unique_for is %d seconds, allowed are 0 to %d", p.UniqueFor, maxDelay)
	case p.UniqueFor != 0 && p.UniqueKey == "":
		refuse("unique_for is %d without a unique_key", p.UniqueFor)
	}
}
