package cli

import (
	"context"
	"fmt"
	"slices"

	"simplest_script/core/delayqueue/sqlstore"

	"github.com/spf13/cobra"
)

func (p *program) jobsPauseCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:   "pause KIND",
		Short: "Let no jobs of a kind be started until 'jobs resume'.",
		Long: `Let no jobs of a kind be started until 'jobs resume'. Within about two seconds all
daemons give back what they have claimed of it; what runs goes on. Jobs can still
be pushed, and wait.`,
		Example: `  simplest_script jobs pause order_close --reason 'the payment provider is down'
  simplest_script jobs stats`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeKinds,
		RunE: func(cmd *cobra.Command, words []string) error {
			return p.jobsPause(cmd, words[0], reason)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, for those who wonder")
	return cmd
}

func (p *program) jobsPause(cmd *cobra.Command, kind, reason string) error {
	ctx := cmd.Context()
	return p.withDatabase(ctx, func(s session) error {
		if known := s.Handlers.Delay.Names(); !slices.Contains(known, kind) {
			return usage(cmd, fmt.Errorf("this program has no delay job %q%s", kind, suggestion(kind, known)))
		}
		if err := sqlstore.New(s.db).Pause(ctx, kind, reason); err != nil {
			return err
		}
		fmt.Fprintf(p.Out, "%s is paused. 'simplest_script jobs resume %s' ends that.\n", kind, kind)
		return nil
	})
}

func (p *program) jobsResumeCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "resume KIND",
		Short:             "Let jobs of a kind be started again.",
		Long:              `Let jobs of a kind be started again, after 'jobs pause'.`,
		Example:           `  simplest_script jobs resume order_close`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeKinds,
		RunE:              func(cmd *cobra.Command, words []string) error { return p.jobsResume(cmd.Context(), words[0]) },
	}
}

func (p *program) jobsResume(ctx context.Context, kind string) error {
	return p.withDatabase(ctx, func(s session) error {
		resumed, err := sqlstore.New(s.db).Resume(ctx, kind)
		if err != nil {
			return err
		}
		if !resumed {
			return fmt.Errorf("%s was not paused", kind)
		}
		fmt.Fprintf(p.Out, "%s goes on.\n", kind)
		return nil
	})
}
