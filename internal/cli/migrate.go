package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"simplest_script/core/logger"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/internal/app"
)

// migrateFlags are the flags of migrate.
type migrateFlags struct {
	dryRun, sql bool
	overdue     string
	modules     []string
}

func (p *program) migrateCommand() *cobra.Command {
	var f migrateFlags
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the tables to the state that this version needs.",
		Long: `Bring the tables of the machine and of its modules to the state that this
version needs: on an empty database, and on one of the original with rows in it.
Steps only add. Several can be started at once, and again after an error: one
works, the others wait, nothing is done twice.

In dev the daemon does this by itself when it starts. Elsewhere it stops and says
what is missing.

Jobs of an original installation that were overdue when its table was taken over,
and jobs that are running there without a daemon of ours, are left alone and
listed here until a person decides about them with --overdue. Stop the original
program before.`,
		Example: `  simplest_script migrate --dry-run         # what would be done, and what it costs
  simplest_script migrate
  simplest_script migrate --sql > ddl.sql   # for a DBA: mysql console < ddl.sql
  simplest_script migrate --overdue=skip    # what the original left behind shall never run`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return usage(cmd, err)
			}
			return p.migrate(cmd, f)
		},
	}
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "only show what would be done")
	cmd.Flags().BoolVar(&f.sql, "sql", false, "only print it as SQL for the server's command line client")
	cmd.Flags().StringVar(&f.overdue, "overdue", "", "decide about the jobs that an original installation left behind: run or skip")
	cmd.Flags().StringSliceVar(&f.modules, "module", nil, "beside the machine's own tables only those of this module; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("overdue", cobra.FixedCompletions([]string{string(schema.Run), string(schema.Skip)}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (f migrateFlags) check() error {
	switch d := schema.Decision(f.overdue); {
	case d != "" && d != schema.Run && d != schema.Skip:
		return fmt.Errorf("--overdue wants run or skip, got %q", f.overdue)
	case f.dryRun && f.sql, d != "" && (f.dryRun || f.sql):
		return errors.New("--dry-run, --sql and --overdue exclude each other")
	}
	return nil
}

func (p *program) migrate(cmd *cobra.Command, f migrateFlags) error {
	ctx := cmd.Context()
	open := func(m *app.Machine) (*sqldb.DB, error) { return m.Services.Schema(ctx) }
	return p.withPool(ctx, open, func(s session) error {
		modules, err := chosen(s.Schemas(), f.modules)
		if err != nil {
			return usage(cmd, err)
		}
		if err := schema.CheckServer(ctx, s.db); err != nil {
			return err
		}
		plan, err := schema.NewPlan(ctx, s.db, modules...)
		if err != nil {
			return err
		}
		switch {
		case f.sql:
			p.printSQL(plan)
			return nil
		case f.dryRun:
			p.printPlan(plan)
			return p.listOverdue(ctx, s)
		}
		if err := p.apply(ctx, s, plan, modules); err != nil {
			return err
		}
		if f.overdue != "" {
			return p.decide(ctx, s, schema.Decision(f.overdue))
		}
		return p.listOverdue(ctx, s)
	})
}

// chosen returns those of the modules that are named; all, where none is.
func chosen(all []schema.Module, names []string) ([]schema.Module, error) {
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	byName := map[string]schema.Module{}
	for i, m := range all {
		known[i], byName[m.Name] = m.Name, m
	}
	var found []schema.Module
	for _, name := range names {
		m, ok := byName[name]
		if !ok {
			return nil, fmt.Errorf("no module %q has tables, only: %s%s", name, strings.Join(known, ", "), suggestion(name, known))
		}
		found = append(found, m)
	}
	return found, nil
}

func (p *program) printSQL(plan *schema.Plan) {
	if len(plan.Steps) == 0 {
		fmt.Fprintln(p.Out, "-- Nothing to do: the tables are as this version needs them.")
		return
	}
	fmt.Fprint(p.Out, plan.SQL)
}

func (p *program) printPlan(plan *schema.Plan) {
	if len(plan.Steps) == 0 {
		fmt.Fprintln(p.Out, "Nothing to do: the tables are as this version needs them.")
		return
	}
	fmt.Fprintf(p.Out, "%s would be applied:\n", plural(len(plan.Steps), "migration"))
	for _, step := range plan.Steps {
		fmt.Fprintln(p.Out, "  "+described(step))
	}
}

// described is a step with what it costs.
func described(step schema.Step) string {
	if step.Cost == "" {
		return step.String()
	}
	return step.String() + ": " + step.Cost
}

// apply applies what is pending, with a line before each step: one on a large table
// takes its time.
func (p *program) apply(ctx context.Context, s session, plan *schema.Plan, modules []schema.Module) error {
	if len(plan.Steps) == 0 {
		fmt.Fprintln(p.Out, "Nothing to do: the tables are as this version needs them.")
		return nil
	}
	if err := s.Log(p.Err, p.Clock); err != nil {
		return err
	}
	lines := map[string]string{}
	for _, step := range plan.Steps {
		lines[step.String()] = described(step)
	}
	began, applied := time.Now(), 0
	err := schema.MigrateShowing(ctx, s.db, func(m schema.Migration) {
		applied++
		fmt.Fprintf(p.Out, "applying %s\n", lines[m.String()])
		logger.NewLogger("").Info("migrating", zap.Stringer("step", m))
	}, modules...)
	if err != nil {
		return err
	}
	if applied == 0 {
		fmt.Fprintln(p.Out, "Another program has just applied them.")
		return nil
	}
	fmt.Fprintf(p.Out, "%s applied in %s.\n", plural(applied, "migration"), about(time.Since(began)))
	return nil
}
