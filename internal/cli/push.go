package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
)

func (p *program) pushCommand() *cobra.Command {
	var f pushFlags
	cmd := &cobra.Command{
		Use:   "push EXEC_CMD [PARAMS] | push --file FILE | push --topic TOPIC|--list KEY [MESSAGE]",
		Short: "Push jobs into the delay queue, or messages into a topic or a list.",
		Long: `Push one job into the delay queue: EXEC_CMD names its handler, PARAMS is what the
handler is given. It is due at once, or after --in, or at --at.

Or push many: --file names a file with one JSON object per line, - is standard
input. The keys are exec_cmd, name, params, delay_time (seconds from now), delay_ms,
exec_time (Unix seconds), exec_ms, max_attempts, timeout_ms, max_late_ms, unique_key
and unique_for (seconds). Every 500 jobs are committed together. A line that is wrong
is not pushed and is named; the others are.

Of a kind, one job with a unique key exists at a time: while it is unfinished, and for
--unique-for after its end, pushing another one stores nothing and shows the first.

How far it is stands in FILE.progress (or in the file that --resume names) and,
with the jobs themselves, in the database. A push that was broken off or killed,
or that left out wrong lines which you have corrected since, is gone on with by
running the same command again: no line is pushed twice, and none is left out.

With --topic or --list it sends a message to a Kafka topic or a Redis list, or each
line of --file. What was sent before an error stays sent.`,
		Example: `  simplest_script push delay_test '{"name":"you"}' --in 10s
  simplest_script push delay_test '{"name":"you"}' --at '2026-11-22 08:00:00' --name 'morning mail'
  simplest_script push delay_test '{}' --unique-key 'report of today' --unique-for 24h
  simplest_script push --file jobs.jsonl
  echo '{"exec_cmd":"delay_test","params":"{}","delay_ms":1500}' | simplest_script push --file -
  simplest_script push --topic kafka_test_topic '{"id":"A1","amount":1200}' --key A1
  simplest_script push --list redis_test --file messages.txt
  make-jobs | simplest_script push --file - --resume nightly.state --json`,
		Args:              cobra.MaximumNArgs(2),
		ValidArgsFunction: p.completePush,
		RunE: func(cmd *cobra.Command, words []string) error {
			if err := f.check(cmd, words); err != nil {
				return usage(cmd, err)
			}
			if f.target.given() {
				return p.pushMessages(cmd.Context(), f, words)
			}
			if f.file != "" {
				return p.pushFile(cmd.Context(), f)
			}
			return p.pushOne(cmd, f, append(words, "")[:2])
		},
	}
	f.define(cmd)
	return cmd
}

// pushedJSON is what push tells a script about a job.
type pushedJSON struct {
	Line    int    `json:"line,omitempty"` // of the file
	ID      uint64 `json:"id,omitempty"`   // 0 where only the commit is known, see filePush.commit
	ExecCmd string `json:"exec_cmd"`
	Existed bool   `json:"existed,omitempty"` // the id is that of the job that has the unique key
}

// pushOne pushes the job of the command line.
func (p *program) pushOne(cmd *cobra.Command, f pushFlags, words []string) error {
	ctx := cmd.Context()
	return p.withDatabase(ctx, func(s session) error {
		job, err := f.job(words, s.Config.Location)
		if err != nil {
			return usage(cmd, err)
		}
		p.warn(ctx, s, job)
		queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(s.db), nil })
		receipts, err := queue.PushEach(ctx, []core.DelayQueuePushParams{job})
		if errors.Is(err, core.ErrUnknownOutcome) {
			return &advised{err, "Look before you push it again: simplest_script jobs ls --limit 5"}
		}
		if err != nil {
			return err
		}
		r := receipts[0]
		switch {
		case f.json:
			return p.printJSON(pushedJSON{ID: r.ID, ExecCmd: job.ExecCmd, Existed: r.Existed})
		case r.Existed:
			fmt.Fprintf(p.Out, "nothing pushed: job %d of %s has this unique key\n", r.ID, visible(job.ExecCmd))
		default:
			fmt.Fprintf(p.Out, "pushed job %d: %s, %s\n", r.ID, visible(job.ExecCmd), f.due(job, s.Config.Location))
		}
		return nil
	})
}

// warn says on the side what stands against the job being run. Where that cannot
// be found out, the push itself will tell.
func (p *program) warn(ctx context.Context, s session, job core.DelayQueuePushParams) {
	living, err := lease.NewSQLStore(s.db).Living(ctx)
	if err != nil {
		return
	}
	if w := (audience{living, s.Handlers.Delay.Names()}).warning(job.ExecCmd); w != "" {
		fmt.Fprintf(p.Err, "warning: %s\n", w)
	}
}

// completePush completes EXEC_CMD.
func (p *program) completePush(_ *cobra.Command, words []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(words) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return p.kinds(), cobra.ShellCompDirectiveNoFileComp
}
