package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/lease"
)

// pushFlags are the flags of push.
type pushFlags struct {
	name        string
	in          time.Duration
	at          string
	maxAttempts int
	timeout     time.Duration
	maxLate     time.Duration
	uniqueKey   string
	uniqueFor   time.Duration
	file        string
	resume      string
	json        bool
	target      messageTarget
}

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
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "text for people that says what the job is")
	flags.DurationVar(&f.in, "in", 0, "due after this time, such as 10s, 1500ms or 2h30m")
	flags.StringVar(&f.at, "at", "", "due at this time: '2026-11-22 08:00:00' in the configured time zone, RFC 3339, or Unix seconds")
	flags.IntVar(&f.maxAttempts, "max-attempts", 0, "how often it is tried before it has failed (default: as its handler is registered)")
	flags.DurationVar(&f.timeout, "timeout", 0, "how long one attempt may take (default: as its handler is registered)")
	flags.DurationVar(&f.maxLate, "max-late", 0, "skipped where it cannot start within this of its time (default: as its handler is registered)")
	flags.StringVar(&f.uniqueKey, "unique-key", "", "push nothing where an unfinished job of this kind has the key")
	flags.DurationVar(&f.uniqueFor, "unique-for", 0, "keep the unique key for this time after the end of the job")
	flags.StringVar(&f.file, "file", "", "push the jobs of this file of JSON lines; - is standard input")
	flags.StringVar(&f.resume, "resume", "", "keep in this file how far --file is (default: FILE.progress; none for standard input)")
	flags.BoolVar(&f.json, "json", false, "print a JSON object per job, with its id")
	flags.StringVar(&f.target.topic, "topic", "", "send messages to this Kafka topic instead")
	flags.StringVar(&f.target.key, "key", "", "key of the messages for --topic")
	flags.StringVar(&f.target.list, "list", "", "send messages to this Redis list instead")
	return cmd
}

// alone are the flags that say something about one job.
func alone() []string {
	return []string{"name", "in", "at", "max-attempts", "timeout", "max-late", "unique-key", "unique-for"}
}

// check finds what is wrong with the command line.
func (f pushFlags) check(cmd *cobra.Command, words []string) error {
	given := func(name string) bool { return cmd.Flags().Changed(name) }
	if given("topic") || given("list") || given("key") {
		return f.target.check(cmd, words, f.file)
	}
	if given("file") {
		for _, name := range alone() {
			if given(name) {
				return fmt.Errorf("--%s is for one job; in a file each line says it for its own job", name)
			}
		}
		switch {
		case f.file == "":
			return errors.New("--file wants the name of a file, or - for standard input")
		case len(words) > 0:
			return fmt.Errorf("%q and --file exclude each other: in a file each line names its own exec_cmd", words[0])
		}
		return nil
	}
	switch {
	case given("resume"):
		return errors.New("--resume belongs to --file")
	case len(words) == 0:
		return errors.New("push wants EXEC_CMD, or --file FILE")
	case given("in") && given("at"):
		return errors.New("--in and --at exclude each other")
	case f.in < 0:
		return fmt.Errorf("--in wants a time from now on, such as 10s, got %s", f.in)
	}
	return errors.Join(
		whole("--in", f.in, time.Millisecond, "milliseconds"),
		whole("--timeout", f.timeout, time.Millisecond, "milliseconds"),
		whole("--max-late", f.maxLate, time.Millisecond, "milliseconds"),
		whole("--unique-for", f.uniqueFor, time.Second, "seconds"),
	)
}

// whole finds what the column of a duration could not hold.
func whole(flag string, d, unit time.Duration, units string) error {
	if d%unit != 0 {
		return fmt.Errorf("%s wants whole %s, got %s", flag, units, d)
	}
	return nil
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
		queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return delayqueue.NewSQLStore(s.db), nil })
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
