package core

// DelayQueuePushParams is one job for the delay queue. A job is a row of
// delay_queue_log, and can as well be pushed by a plain INSERT.
type DelayQueuePushParams struct {
	Name      string `json:"name"`       // text for people, at most 255 characters
	ExecCmd   string `json:"exec_cmd"`   // which handler of internal/delay_queue, at most 50 characters
	Params    string `json:"params"`     // what the handler is given, at most 500 characters
	DelayTime int64  `json:"delay_time"` // seconds from now, by the database's clock
	ExecTime  int    `json:"exec_time"`  // Unix seconds; where set, DelayTime and DelayMs are ignored

	DelayMs     int64 `json:"delay_ms,omitempty"`     // milliseconds, added to DelayTime
	ExecMs      int   `json:"exec_ms,omitempty"`      // milliseconds 0–999, added to ExecTime
	MaxAttempts int   `json:"max_attempts,omitempty"` // 0: as the handler is registered
	TimeoutMs   int64 `json:"timeout_ms,omitempty"`   // of one attempt; 0: as the handler is registered
	MaxLateMs   int64 `json:"max_late_ms,omitempty"`  // skipped when it cannot start within this; 0: as the handler is registered

	// UniqueKey, at most 191 characters, lets one job of this ExecCmd exist at a time:
	// while the first is unfinished, and for UniqueFor seconds after its end, a push
	// with the same key stores nothing and answers with the id of the first.
	UniqueKey string `json:"unique_key,omitempty"`
	UniqueFor int64  `json:"unique_for,omitempty"`
}

// DelayStatus is where a delay job stands: the column status of delay_queue_log.
type DelayStatus uint8

// The first four are those of the original; the values are stored, and never change.
const (
	DelayWaiting   DelayStatus = 1 // until it is due, also between two attempts
	DelayRunning   DelayStatus = 2 // claimed by a daemon
	DelayDone      DelayStatus = 3
	DelayFailed    DelayStatus = 4 // the column result says why
	DelayHeld      DelayStatus = 5 // was overdue when an original installation was adopted; a person decides
	DelayCancelled DelayStatus = 6
	DelaySkipped   DelayStatus = 7 // not run on purpose; the column result says why
)

// DelayStatuses returns all statuses, in the order of their values.
func DelayStatuses() []DelayStatus {
	return []DelayStatus{DelayWaiting, DelayRunning, DelayDone, DelayFailed, DelayHeld, DelayCancelled, DelaySkipped}
}

// String returns the English word for s, as commands and logs show it.
func (s DelayStatus) String() string {
	switch s {
	case DelayWaiting:
		return "waiting"
	case DelayRunning:
		return "running"
	case DelayDone:
		return "done"
	case DelayFailed:
		return "failed"
	case DelayHeld:
		return "held"
	case DelayCancelled:
		return "cancelled"
	case DelaySkipped:
		return "skipped"
	}
	return "unknown"
}

// Final tells whether the job has come to an end and will not run again by itself.
func (s DelayStatus) Final() bool {
	return s == DelayDone || s == DelayFailed || s == DelayCancelled || s == DelaySkipped
}
