package cli

import (
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/conf/strict"
	"simplest_script/core/lease"
	"simplest_script/internal/app"
)

// kinds returns the kinds of delay jobs that this program has handlers for.
func (p *program) kinds() []string {
	m, err := app.Load(p.home, p.Environ, p.modules)
	if err != nil {
		return nil
	}
	return m.Handlers.Delay.Names()
}

// audience is who would run a job: the living daemons, each with the kinds that it
// announces.
type audience struct {
	living []lease.Daemon
	own    []string // the kinds that this program has handlers for
}

// with counts the living daemons that announce the kind.
func (a audience) with(kind string) (n int) {
	for _, d := range a.living {
		if listed(d.Kinds, kind) {
			n++
		}
	}
	return n
}

// listed tells whether the kind is among the kinds. As in the table, case and
// spaces at the end make no difference.
func listed(kinds []string, kind string) bool {
	return slices.ContainsFunc(kinds, func(k string) bool {
		return strings.EqualFold(strings.TrimRight(k, " "), strings.TrimRight(kind, " "))
	})
}

// warning says what stands against a job of the kind being run, or nothing.
func (a audience) warning(kind string) string {
	known := slices.Clone(a.own)
	for _, d := range a.living {
		known = append(known, d.Kinds...)
	}
	meant := ""
	if near := strict.Nearest(kind, known); near != "" && near != kind {
		meant = fmt.Sprintf("; did you mean %q?", near)
	}
	switch {
	case a.with(kind) > 0:
		return ""
	case len(a.living) > 0:
		return fmt.Sprintf("no running daemon has a handler for %q: jobs of that kind are set to failed a minute after they are due%s", kind, meant)
	case !listed(a.own, kind):
		return fmt.Sprintf("no daemon is running, and this program has no handler for %q%s", kind, meant)
	}
	return "no daemon is running on this database: jobs wait until 'simplest_script run' is started"
}
