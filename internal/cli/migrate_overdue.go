package cli

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"simplest_script/core/logger"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
)

// listOverdue lists what an original installation left behind, and says how to
// decide about it.
func (p *program) listOverdue(ctx context.Context, s session) error {
	u, err := schema.Overdue(ctx, s.db)
	if sqldb.SchemaMissing(err) { // before the first migration, of which a dry run has told
		return nil
	}
	if err != nil || u.Held.Count+u.Ownerless.Count == 0 {
		return err
	}
	c := clock{zone: s.Config.Location}
	if u.Held.Count > 0 {
		fmt.Fprintf(p.Out, "\n%s overdue when this table was taken over. What was due so long ago may do harm now, so nothing runs:\n",
			were(u.Held.Count))
		p.printSamples(u.Held, c)
	}
	if u.Ownerless.Count > 0 {
		fmt.Fprintf(p.Out, "\n%s running according to the table, without a daemon of ours: the process died, or the original program still works on it.\n",
			were(u.Ownerless.Count))
		p.printSamples(u.Ownerless, c)
	}
	fmt.Fprint(p.Out, `
Look at them with 'simplest_script jobs show ID'. Stop the original program, then decide about all of them:
  simplest_script migrate --overdue=run     they are due at once
  simplest_script migrate --overdue=skip    they never run
`)
	return nil
}

// were is the beginning of a sentence about n jobs.
func were(n int) string {
	if n == 1 {
		return plural(n, "job") + " was"
	}
	return plural(n, "job") + " were"
}

func (p *program) printSamples(group schema.Group, c clock) {
	g := p.newGrid(">ID", "KIND", "NAME", "DUE")
	for _, j := range group.Samples {
		g.row(j.ID, j.ExecCmd, clip(j.Name, nameWidth), c.moment(j.ExecTime*1000))
	}
	g.print(p.Out, "  ")
	if more := group.Count - len(group.Samples); more > 0 {
		fmt.Fprintf(p.Out, "  and %d more\n", more)
	}
}

// decide does to the jobs what the person wants.
func (p *program) decide(ctx context.Context, s session, d schema.Decision) error {
	if err := s.Log(p.Err, p.Clock); err != nil {
		return err
	}
	held, ownerless, err := schema.Decide(ctx, s.db, d)
	logger.NewLogger("").Info("a person decided about overdue jobs", zap.String("decision", string(d)),
		zap.Int("held", held), zap.Int("ownerless", ownerless), zap.Error(err))
	if err != nil {
		return err
	}
	what := "are due now"
	if d == schema.Skip {
		what = "are skipped"
	}
	fmt.Fprintf(p.Out, "%s and %s without a daemon %s.\n", plural(held, "overdue job"), plural(ownerless, "running job"), what)
	return nil
}
