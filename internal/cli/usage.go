package cli

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"simplest_script/core/conf/strict"
)

// usageError says that the command line itself is wrong.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// usage wraps what is wrong with the command line of cmd.
func usage(cmd *cobra.Command, err error) error {
	var already *usageError
	if err == nil || errors.As(err, &already) {
		return err
	}
	return &usageError{cmd.CommandPath(), err}
}

// args makes a check of positional arguments a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error { return usage(cmd, check(cmd, given)) }
}

// checkArgs makes the checks of arguments of all commands below cmd usage errors,
// also of those that modules and cobra bring.
func checkArgs(cmd *cobra.Command) {
	if cmd.Args != nil {
		cmd.Args = args(cmd.Args)
	}
	for _, below := range cmd.Commands() {
		checkArgs(below)
	}
}

// group gives cmd the commands below it. Alone it shows its help.
func group(cmd *cobra.Command, below ...*cobra.Command) *cobra.Command {
	cmd.Args = func(cmd *cobra.Command, given []string) error {
		if len(given) == 0 {
			return nil
		}
		return unknownCommand(cmd, given[0])
	}
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	cmd.AddCommand(below...)
	return cmd
}

func unknownCommand(cmd *cobra.Command, word string) error {
	var known []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			known = append(known, c.Name())
		}
	}
	return usage(cmd, fmt.Errorf("%s has no command %q%s", cmd.CommandPath(), word, suggestion(word, known)))
}

// longFlag finds the names of flags in a help text.
var longFlag = regexp.MustCompile(`--[a-z][a-z-]*`)

// flagUsage words an error of a flag. Behind a misspelled command every flag is
// unknown, so that the command has to be named first.
func flagUsage(cmd *cobra.Command, err error) error {
	if given := cmd.Flags().Args(); cmd.HasAvailableSubCommands() && len(given) > 0 {
		return unknownCommand(cmd, given[0])
	}
	var named interface{ GetSpecifiedName() string }
	if errors.As(err, &named) {
		name, known := named.GetSpecifiedName(), longFlag.FindAllString(cmd.Flags().FlagUsages(), -1)
		if near := strict.Nearest("--"+name, known); near != "" && near != "--"+name {
			err = fmt.Errorf("%w (did you mean %s?)", err, near)
		}
	}
	return usage(cmd, err)
}

// suggestion is what follows a word that is not known: the nearest that is.
func suggestion(word string, known []string) string {
	if hint := strict.Suggest(word, known); hint != "" {
		return " (" + hint + ")"
	}
	return ""
}
