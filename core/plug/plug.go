// Package plug says what a module is: business code with its handlers, its
// configuration section, its tables and its commands. main.go lists the modules;
// the machine runs whatever is listed and knows none of them by name.
package plug

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/svc"
)

// Module is one plug. Every field but Name may be left empty.
type Module struct {
	// Name is shown in errors, and names the module's table of migrations.
	Name string
	// Handlers adds the module's handlers. It does no I/O: a handler asks s for a
	// connection when it runs.
	Handlers func(h Handlers, s *svc.Services)
	// Section is the module's part of etc/<env>.yaml.
	Section conf.Section
	// Tables are the module's versioned migrations.
	Tables Tables
	// Commands returns the module's commands for the command line. It does no
	// I/O; a command opens the services when it runs, and closes what it opened.
	Commands func(open Opener) []*cobra.Command
}

// Handlers are the three registries that a module adds to.
type Handlers struct {
	Cron     *core.Registry // exec_cmd of crontab_<partition>.json
	Consumer *core.Registry // exec_cmd of queue_<partition>.json
	Delay    *core.Registry // exec_cmd of delay_queue_log
}

// NewHandlers returns three empty registries.
func NewHandlers() Handlers {
	return Handlers{Cron: core.NewRegistry(), Consumer: core.NewRegistry(), Delay: core.NewRegistry()}
}

// Tables are migrations as goose writes them, one folder per dialect, each file
// one statement that can be run again.
type Tables struct {
	MySQL  fs.FS
	SQLite fs.FS
}

// Opener loads the configuration and opens the services for one command.
type Opener func(ctx context.Context) (s *svc.Services, closeAll func() error, err error)

// noBatches refuses batch handlers where work comes one by one.
func noBatches(what string, r *core.Registry) error {
	var problems []error
	for _, name := range r.Names() {
		if reg, _ := r.Lookup(name); reg.Batch != nil {
			problems = append(problems, fmt.Errorf("%q is registered with AddBatch: a %s is handled one at a time, use Add", name, what))
		}
	}
	return errors.Join(problems...)
}

// Err returns all mistakes of registration, joined, or nil.
func (h Handlers) Err() error {
	return errors.Join(h.Cron.Err(), h.Consumer.Err(), h.Delay.Err(), noBatches("cron task", h.Cron), noBatches("delay job", h.Delay))
}
