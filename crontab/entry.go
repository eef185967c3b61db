package crontab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"simplest_script/core/conf"
	"simplest_script/core/tool/text"
)

// Entry is one active entry of the crontab, ready to be scheduled.
type Entry struct {
	ID       string // stable under edits of spec and status; crontab_log.uk
	ExecCmd  string
	Name     string
	Params   string
	Spec     string // with its time zone
	IsLog    bool
	Skip     bool          // a tick that is due while an earlier run goes on is skipped
	Timeout  time.Duration // 0: none
	Schedule Schedule
}

// skip is the value of the key overlap for Entry.Skip.
const skip = "skip"

// Timeouts tells how long a run of an exec_cmd may take where its entry does not.
type Timeouts func(execCmd string) time.Duration

// NewEntries returns the active ones of the entries of a file, in its order. An
// error lists every specification that cannot be scheduled.
func NewEntries(all []conf.CronEntry, loc *time.Location, timeouts Timeouts) ([]Entry, error) {
	ids := IDs(all)
	var entries []Entry
	var problems []error
	for i, e := range all {
		if !e.Active {
			continue
		}
		schedule, err := ParseSchedule(e.Spec(), loc)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: cron %q of %s: %w", e.Position, e.Cron, e.ExecCmd, err))
			continue
		}
		entry := Entry{
			ID: ids[i], ExecCmd: e.ExecCmd, Name: e.Name, Params: e.Params, Spec: withZone(e.Spec(), loc),
			IsLog: e.IsLog == 1, Skip: e.Overlap == skip, Timeout: e.Timeout, Schedule: schedule,
		}
		if entry.Timeout == 0 {
			entry.Timeout = timeouts(e.ExecCmd)
		}
		entries = append(entries, entry)
	}
	return entries, errors.Join(problems...)
}

// withZone returns a specification that means the same whatever the daemon's zone.
func withZone(spec string, loc *time.Location) string {
	if strings.HasPrefix(spec, "TZ=") || strings.HasPrefix(spec, "CRON_TZ=") {
		return spec
	}
	return "CRON_TZ=" + loc.String() + " " + spec
}

// maxID is the width of the columns entry and uk, in characters.
const maxID = 100

// IDs returns the id of each entry: its exec_cmd, and for further params of the
// same exec_cmd a short hash of them behind it. Inactive entries count too, so
// that switching one on or off changes no other's id.
func IDs(all []conf.CronEntry) []string {
	first := map[string]string{} // exec_cmd → the params that need no hash
	ids := make([]string, len(all))
	for i, e := range all {
		if _, there := first[e.ExecCmd]; !there {
			first[e.ExecCmd] = e.Params
		}
		ids[i] = e.ExecCmd
		if first[e.ExecCmd] != e.Params || utf8.RuneCountInString(ids[i]) > maxID {
			ids[i] = text.Cut(e.ExecCmd, maxID-9) + "#" + shortHash(e.ExecCmd+"\x00"+e.Params)
		}
	}
	return ids
}

// shortHash returns 8 hexadecimal characters.
func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}
