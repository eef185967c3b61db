package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"simplest_script/core/plug"
	"simplest_script/core/svc"
	systemclock "simplest_script/core/tool/clock"
	"simplest_script/internal/app"
)

// Exit codes.
const (
	exitOK    = 0
	exitError = 1 // an error, a bad configuration, work that was cut off
	exitUsage = 2 // the command line itself is wrong
)

// IO is what the program is given from outside, so that tests can give it
// something else.
type IO struct {
	In       io.Reader
	Out, Err io.Writer
	Environ  []string          // as os.Environ returns it
	Clock    systemclock.Clock // of the daemon's engines and its log; nil: that of the system
	// A terminal is given colours, and a bar that shows how far long work is.
	OutTerminal, ErrTerminal bool
}

// program is one invocation: what it was given, and what its global flags say.
type program struct {
	IO
	modules []plug.Module
	home    string
	noColor bool
}

// Main runs the command that os.Args asks for and returns the exit code.
func Main(modules ...plug.Module) int {
	return Execute(context.Background(), os.Args[1:], IO{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(),
		OutTerminal: isTerminal(os.Stdout), ErrTerminal: isTerminal(os.Stderr),
	}, modules...)
}

// Execute runs the command that args ask for and returns the exit code.
func Execute(ctx context.Context, args []string, io IO, modules ...plug.Module) int {
	if io.Clock == nil {
		io.Clock = systemclock.System{}
	}
	p := &program{IO: io, modules: modules}
	root := p.root()
	root.SetArgs(args)
	root.SetIn(io.In)
	root.SetOut(io.Out)
	root.SetErr(io.Err)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errShown):
		return exitError
	case errors.As(err, &usage):
		fmt.Fprintf(io.Err, "%v\nSee '%s --help'.\n", err, usage.command)
		return exitUsage
	}
	fmt.Fprintf(io.Err, "error: %v\n", err)
	return exitError
}

// errShown is returned by a command that has told the user what went wrong.
var errShown = errors.New("already shown")

func (p *program) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "simplest_script",
		Short:         "Cron tasks, Kafka and Redis consumers and a durable delay queue in one daemon.",
		Example:       "  simplest_script run --demo                  # nothing installed: see what it does\n  simplest_script push delay_test '{\"name\":\"you\"}' --in 10s\n  simplest_script jobs ls",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(flagUsage)
	root.PersistentFlags().StringVar(&p.home, "home", "", "folder with etc/ (default: SCRIPT_HOME, the working directory if it has etc/, else the program's folder)")
	root.PersistentFlags().BoolVar(&p.noColor, "no-color", false, "plain text without colours, as with NO_COLOR=1")
	group(root, p.runCommand(), p.checkCommand(), p.configCommand(), p.migrateCommand(), p.pushCommand(),
		p.jobsCommand(), p.queueCommand(), p.cronCommand(), p.daemonsCommand(), p.taskCommand(), p.versionCommand())
	for _, m := range p.modules {
		if m.Commands != nil {
			root.AddCommand(m.Commands(p.open)...)
		}
	}
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		group(completion).Short = "Print the script with which your shell completes commands, flags and handlers."
		completion.Example = "  source <(simplest_script completion bash)"
	}
	checkArgs(root)
	return root
}

// load returns the machine with a configuration that can be used, or shows every
// problem and returns errShown.
func (p *program) load() (*app.Machine, error) {
	m, err := app.Load(p.home, p.Environ, p.modules)
	if err != nil {
		return nil, err
	}
	if err := m.Report.Err(); err != nil {
		fmt.Fprintf(p.Err, "%v\nNothing was started. 'simplest_script check' shows this list again.\n", err)
		return nil, errShown
	}
	return m, nil
}

// open is the plug.Opener for commands of modules.
func (p *program) open(context.Context) (*svc.Services, func() error, error) {
	m, err := p.load()
	if err != nil {
		return nil, nil, err
	}
	return m.Services, m.Close, nil
}
