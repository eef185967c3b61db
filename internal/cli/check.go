package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"simplest_script/core/conf"
	"simplest_script/core/conf/strict"
	"simplest_script/internal/app"
)

func (p *program) checkCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check the whole configuration and show every mistake at once.",
		Long: `Check the configuration of this environment and partition: etc/<env>.yaml, the
two entry files, and the environment variables. Nothing is connected to.

Each problem is a line, file:line:column: what is wrong (what was probably meant).
Warnings and notes say that they are; the rest are errors. The exit code is 1 where there is an error: with that
the daemon would not start.`,
		Example: `  simplest_script check
  SCRIPT_ENV=release SCRIPT_PARTITION=script2 simplest_script check   # before a release
  simplest_script check --json | jq -r '.problems[].message'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.check(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// checkJSON is what check tells a script.
type checkJSON struct {
	OK          bool             `json:"ok"`
	Errors      int              `json:"errors"`
	Warnings    int              `json:"warnings"`
	Environment conf.Environment `json:"environment"`
	Partition   string           `json:"partition"`
	Home        string           `json:"home"`
	Files       []string         `json:"files"`
	Problems    []conf.Problem   `json:"problems"`
}

func (p *program) check(asJSON bool) error {
	m, err := app.Load(p.home, p.Environ, p.modules)
	if err != nil {
		return err
	}
	c, r := m.Config, m.Report
	errs, warnings := r.Count(strict.Error), r.Count(strict.Warning)
	if asJSON {
		err := p.printJSON(checkJSON{errs == 0, errs, warnings, c.Env, c.Partition, c.Home, append([]string{}, c.Files...), r.Problems})
		if err != nil {
			return err
		}
	} else {
		for _, problem := range r.Problems {
			fmt.Fprintln(p.Out, p.problemLine(problem))
		}
		fmt.Fprintf(p.Out, "%s. Environment %s, partition %s, home %s. Files read: %s.\n", p.verdict(errs, warnings), c.Env, c.Partition,
			c.Home, strings.Join(relative(c.Home, c.Files), ", "))
	}
	if errs > 0 {
		return errShown
	}
	return nil
}

// problemLine is a problem as compilers print theirs, so that editors find it.
// What is not said to be less is an error.
func (p *program) problemLine(problem conf.Problem) string {
	switch problem.Severity {
	case strict.Warning:
		problem.Message = string(p.paint(yellow, "warning")) + ": " + problem.Message
	case strict.Note:
		problem.Message = "note: " + problem.Message
	}
	return problem.String()
}

func (p *program) verdict(errs, warnings int) painted {
	text := plural(errs, "error") + ", " + plural(warnings, "warning")
	switch {
	case errs > 0:
		return p.paint(red, text)
	case warnings > 0:
		return p.paint(yellow, text)
	}
	return p.paint(green, text)
}

// plural is a number and a noun, such as "1 job" and "2 jobs".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
