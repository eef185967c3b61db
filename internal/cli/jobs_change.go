package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// change is a command that changes jobs: those that are named by id, or all those
// that its flags describe.
type change struct {
	use, short, long, example string
	past                      string             // "cancelled": what the jobs then are
	of                        []core.DelayStatus // which jobs a description is about
	daemons                   bool               // of those that run, only what daemons have
	apply                     applyChange
}

// applyChange does it to the jobs with these ids.
type applyChange func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error)

// changeFlags describe the jobs.
type changeFlags struct {
	listFlags
	yes bool
}

const describing = `

Name the jobs by their ids, or describe them with --kind, --status, --since, --until,
--text and --key as for 'jobs ls'. What is described is counted and asked about first;
--yes is for scripts. At most 10,000 jobs are changed at a time.`

func (p *program) changeCommand(c change, prepare func(cmd *cobra.Command, c *change) error) *cobra.Command {
	var f changeFlags
	cmd := &cobra.Command{
		Use: c.use + " [ID...]", Short: c.short, Long: c.long + describing, Example: c.example,
		RunE: func(cmd *cobra.Command, words []string) error {
			if prepare != nil {
				if err := prepare(cmd, &c); err != nil {
					return usage(cmd, err)
				}
			}
			return p.change(cmd, c, f, words)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "all jobs of this exec_cmd")
	flags.StringVar(&f.status, "status", "", "all jobs with this status")
	flags.StringVar(&f.since, "since", "", "all jobs due at this time or later")
	flags.StringVar(&f.until, "until", "", "all jobs due up to this time")
	flags.StringVar(&f.text, "text", "", "all jobs with this text in their name or params")
	flags.StringVar(&f.key, "key", "", "the jobs with this unique key")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statusWords(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("kind", p.completeKinds)
	return cmd
}

func (p *program) change(cmd *cobra.Command, c change, f changeFlags, words []string) error {
	described := f.kind != "" || f.status != "" || f.since != "" || f.until != "" || f.text != "" || f.key != ""
	switch {
	case len(words) == 0 && !described:
		return usage(cmd, errors.New("say which jobs: their ids, or --kind, --status, --since, --until, --text, --key"))
	case len(words) > 0 && described:
		return usage(cmd, errors.New("name jobs by id or describe them, not both"))
	}
	ids, err := parseIDs(words)
	if err != nil {
		return usage(cmd, err)
	}
	ctx := cmd.Context()
	return p.withDatabase(ctx, func(s session) error {
		if !described {
			return p.changeNamed(ctx, s, c, ids)
		}
		filter, err := f.filter(s, c)
		if err != nil {
			return usage(cmd, err)
		}
		return p.changeDescribed(ctx, s, c, filter, f.yes)
	})
}

func parseIDs(words []string) ([]uint64, error) {
	ids := make([]uint64, len(words))
	for i, word := range words {
		id, err := strconv.ParseUint(word, 10, 63)
		if err != nil {
			return nil, fmt.Errorf("%q is no id: 'simplest_script jobs ls' shows them", word)
		}
		ids[i] = id
	}
	return ids, nil
}

// changeNamed tells of each job what became of it.
func (p *program) changeNamed(ctx context.Context, s session, c change, ids []uint64) error {
	answers, err := c.apply(ctx, s, ids)
	if err != nil {
		return err
	}
	refused := 0
	for _, id := range ids {
		fmt.Fprintf(p.Out, "job %d: %s\n", id, c.says(answers[id]))
		if a := answers[id]; a != delayqueue.Changed && a != delayqueue.Requested {
			refused++
		}
	}
	if refused > 0 {
		return fmt.Errorf("%d of %s not %s", refused, were(len(ids)), c.past)
	}
	return nil
}

// says tells an answer in words.
func (c change) says(a delayqueue.Answer) string {
	switch a {
	case delayqueue.Changed:
		return c.past
	case delayqueue.Requested:
		return "a daemon has it and is asked; 'jobs show' tells in a second what came of it"
	case delayqueue.Ended:
		return "it has ended: see 'jobs show'"
	case delayqueue.Unfinished:
		return "it has not ended: 'jobs run-now' makes it due"
	case delayqueue.KeyTaken:
		return "another job has its unique key by now"
	}
	return "there is no such job in the queue: 'jobs show' tells whether it was archived"
}
