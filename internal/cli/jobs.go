package cli

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue/inspect"
)

func (p *program) jobsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "jobs",
		Short: "Look at the jobs of the delay queue, and change them.",
		Example: `  simplest_script jobs stats
  simplest_script jobs ls --status failed
  simplest_script jobs show 17
  simplest_script jobs retry --kind mail --status failed --since 2h`,
	}
	return group(cmd, p.jobsLsCommand(), p.jobsShowCommand(), p.jobsStatsCommand(),
		p.jobsCancelCommand(), p.jobsRetryCommand(), p.jobsRunNowCommand(), p.jobsRescheduleCommand(),
		p.jobsPauseCommand(), p.jobsResumeCommand(), p.jobsWhyCommand(), p.jobsArchiveCommand())
}

func statusWords() []string {
	var words []string
	for _, s := range core.DelayStatuses() {
		words = append(words, s.String())
	}
	return words
}

// parseStatus reads the word for a status; an empty one means any.
func parseStatus(word string) (core.DelayStatus, error) {
	if word == "" {
		return 0, nil
	}
	for _, s := range core.DelayStatuses() {
		if s.String() == word {
			return s, nil
		}
	}
	return 0, fmt.Errorf("--status wants %s, got %q%s", strings.Join(statusWords(), ", "), word, suggestion(word, statusWords()))
}

// jobJSON is a job as a script reads it. Times are RFC 3339 in the configured zone.
type jobJSON struct {
	ID          uint64 `json:"id"`
	Status      string `json:"status"`
	ExecCmd     string `json:"exec_cmd"`
	Name        string `json:"name"`
	Params      string `json:"params"`
	Due         string `json:"due"`       // of the newest attempt, or of the next one
	FirstDue    string `json:"first_due"` // of the first attempt
	Attempts    int    `json:"attempts"`  // finished ones
	MaxAttempts int    `json:"max_attempts"`
	TimeoutMs   int64  `json:"timeout_ms,omitempty"` // the job's own, and so are the next
	MaxLateMs   int64  `json:"max_late_ms,omitempty"`
	UniqueKey   string `json:"unique_key,omitempty"`
	UniqueFor   int64  `json:"unique_for,omitempty"` // seconds
	Started     string `json:"started_at,omitempty"`
	Ended       string `json:"ended_at,omitempty"`
	LateMs      int64  `json:"late_ms"`
	Result      string `json:"result"` // of the newest attempt
	Owner       string `json:"owner,omitempty"`
	Rescues     int    `json:"rescues"`
	Deaths      int    `json:"deaths"`
	Created     string `json:"create_time,omitempty"`
	Updated     string `json:"update_time,omitempty"`
}

func (s session) jobOf(j inspect.Job, c clock) jobJSON {
	return jobJSON{
		ID: j.ID, Status: j.Status.String(), ExecCmd: j.ExecCmd, Name: j.Name, Params: j.Params,
		Due: c.stamp(j.Due), FirstDue: c.stamp(j.FirstDue), Attempts: j.Attempts, MaxAttempts: s.maxAttempts(j),
		TimeoutMs: j.Timeout.Milliseconds(), MaxLateMs: j.MaxLate.Milliseconds(), UniqueKey: j.UniqueKey, UniqueFor: int64(j.UniqueFor / time.Second),
		Started: c.stamp(j.Started), Ended: c.stamp(j.Ended), LateMs: j.Late.Milliseconds(), Result: j.Result,
		Owner: j.Owner, Rescues: j.Rescues, Deaths: j.Deaths, Created: c.stamp(j.Created), Updated: c.stamp(j.Updated),
	}
}

// maxAttempts is how often this program would try the job: as the row says, or the
// configuration for its kind, or the handler's registration, or the default.
func (s session) maxAttempts(j inspect.Job) int {
	q := s.Config.DelayQueue
	registered, _ := s.Handlers.Delay.Lookup(j.ExecCmd)
	return cmp.Or(j.MaxAttempts, q.Kinds[j.ExecCmd].MaxAttempts, registered.Options.MaxAttempts, q.MaxAttempts)
}
