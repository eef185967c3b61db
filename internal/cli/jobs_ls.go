package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core/conf/strict"
	"simplest_script/core/delayqueue/inspect"
)

// listFlags are the flags of jobs ls.
type listFlags struct {
	kind, status, since, until, text, key string
	limit                                 int
	archived, json                        bool
}

// maxListed keeps one list within what a person or a script takes at once.
const maxListed = 10_000

func (p *program) jobsLsCommand() *cobra.Command {
	var f listFlags
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List jobs, the newest first, or those that fall due next.",
		Long: `List jobs. Without --kind, --status, --since and --until the newest come first;
with --status waiting those that fall due next; otherwise those with the latest
due time. Every list is read along an index, however large the table is. A text
or a key is looked for in the 10,000 jobs that would be listed first, and it is said
where there are more.

With --archived those that were moved to the archive are listed, the newest first.
Those of a kind, also of one status, are found however many others there are. Due
times, texts, keys, and a status of no kind, are looked for in the 10,000 newest, of
the kind and of each status where there is a kind, and it is said where there are more.

--since and --until bound the due time: '2026-11-22 08:00:00' in the configured
time zone, RFC 3339, Unix seconds, 10m for ten minutes ago, +10m for ten minutes
ahead.`,
		Example: `  simplest_script jobs ls
  simplest_script jobs ls --status failed --since 24h
  simplest_script jobs ls --kind delay_test --status waiting --until +1h
  simplest_script jobs ls --text 'order 4711' --limit 200
  simplest_script jobs ls --archived --kind order_close
  simplest_script jobs ls --status failed --json | jq -r '.jobs[].id'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.jobsLs(cmd, f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.kind, "kind", "", "only jobs of this exec_cmd")
	flags.StringVar(&f.status, "status", "", "only jobs with this status: waiting, running, done, failed, held, cancelled or skipped")
	flags.StringVar(&f.since, "since", "", "only jobs due at this time or later")
	flags.StringVar(&f.until, "until", "", "only jobs due up to this time")
	flags.StringVar(&f.text, "text", "", "only jobs with this text in their name or params")
	flags.StringVar(&f.key, "key", "", "only jobs with this unique key; with --kind its holder is found however many there are")
	flags.IntVar(&f.limit, "limit", 50, "list at most this many")
	flags.BoolVar(&f.archived, "archived", false, "list archived jobs")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
	_ = cmd.RegisterFlagCompletionFunc("status", cobra.FixedCompletions(statusWords(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("kind", p.completeKinds)
	return cmd
}

func (p *program) jobsLs(cmd *cobra.Command, f listFlags) error {
	status, err := parseStatus(f.status)
	if err != nil {
		return usage(cmd, err)
	}
	if f.archived && status != 0 && !status.Final() {
		return usage(cmd, fmt.Errorf("no %s job is in the archive: only jobs that have come to an end are moved there", status))
	}
	if f.limit < 1 || f.limit > maxListed {
		return usage(cmd, fmt.Errorf("--limit wants a number from 1 to %d, got %d", maxListed, f.limit))
	}
	ctx := cmd.Context()
	return p.withDatabase(ctx, func(s session) error {
		filter := inspect.Filter{Kind: f.kind, Status: status, Text: f.text, Key: f.key, Limit: f.limit}
		if err := f.bounds(&filter, s.Config.Location); err != nil {
			return usage(cmd, err)
		}
		look := inspect.New(s.db).List
		if f.archived {
			look = inspect.New(s.db).ListArchived
		}
		list, err := look(ctx, filter)
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		if f.json {
			return p.printJSON(s.listOf(list, c))
		}
		p.printJobs(list, c)
		p.explainList(s, f, list)
		return nil
	})
}

// bounds sets the bounds of the due time.
func (f listFlags) bounds(filter *inspect.Filter, zone *time.Location) error {
	now := time.Now()
	for _, bound := range []struct {
		flag, text string
		into       *int64
	}{{"--since", f.since, &filter.Since}, {"--until", f.until, &filter.Until}} {
		if bound.text == "" {
			continue
		}
		t, err := parseBound(bound.text, zone, now)
		if err != nil {
			return fmt.Errorf("%s: %w", bound.flag, err)
		}
		*bound.into = max(t.Unix(), 1)
	}
	return nil
}

// listJSON is what jobs ls tells a script.
type listJSON struct {
	Jobs     []jobJSON `json:"jobs"`
	Searched int       `json:"searched,omitempty"` // looking for what no index helps with was given up after so many jobs
}

func (s session) listOf(list inspect.Listing, c clock) listJSON {
	out := listJSON{Jobs: make([]jobJSON, len(list.Jobs)), Searched: list.Searched}
	for i, j := range list.Jobs {
		out.Jobs[i] = s.jobOf(j, c)
	}
	return out
}

// resultWidth is how much room a table gives to a result.
const resultWidth = 50

func (p *program) printJobs(list inspect.Listing, c clock) {
	if len(list.Jobs) == 0 {
		fmt.Fprintln(p.Out, "No such jobs.")
		return
	}
	g := p.newGrid(">ID", "STATUS", "KIND", "NAME", "DUE", ">ATTEMPTS", ">LATE", "RESULT")
	for _, j := range list.Jobs {
		late := ""
		if j.Attempts > 0 {
			late = about(j.Late)
		}
		g.row(j.ID, p.paintStatus(j.Status), j.ExecCmd, clip(j.Name, nameWidth), c.moment(j.Due), j.Attempts, late, clip(j.Result, resultWidth))
	}
	g.print(p.Out, "")
}

// explainList says on the side what a person might miss in the list.
func (p *program) explainList(s session, f listFlags, list inspect.Listing) {
	if len(list.Jobs) == f.limit {
		fmt.Fprintf(p.Err, "There may be more: --limit %d shows more.\n", min(f.limit*4, maxListed))
	}
	if list.Searched > 0 {
		fmt.Fprintln(p.Err, f.gaveUp(list.Searched))
	}
	known := s.Handlers.Delay.Names()
	if near := strict.Nearest(f.kind, known); len(list.Jobs) == 0 && f.kind != "" && near != "" && near != f.kind {
		fmt.Fprintf(p.Err, "Did you mean --kind %s?\n", near)
	}
}

// gaveUp says that not all jobs were looked through.
func (f listFlags) gaveUp(searched int) string {
	switch {
	case !f.archived:
		return fmt.Sprintf("Looked for the text in the first %d jobs only: narrow it down with --kind, --status, --since or --until.", searched)
	case f.kind == "":
		return fmt.Sprintf("Looked in the %d newest archived jobs only: --kind looks further, and 'jobs show' finds any by its id.", searched)
	case f.status == "":
		return fmt.Sprintf("Looked in the %d newest archived jobs of this kind and each status only: 'jobs show' finds any by its id.", searched)
	}
	return fmt.Sprintf("Looked in the %d newest archived jobs of this kind and status only: 'jobs show' finds any by its id.", searched)
}

// completeKinds completes the name of a kind of delay job.
func (p *program) completeKinds(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return p.kinds(), cobra.ShellCompDirectiveNoFileComp
}
