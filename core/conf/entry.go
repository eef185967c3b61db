package conf

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"simplest_script/core/conf/strict"
)

// Limits of the columns in which names and params are stored, in characters.
const (
	maxName   = 255
	maxParams = 500
)

// checkEntry fills what both kinds of entries have in common, and checks it.
func (l *entryLoader) checkEntry(n *strict.Node, e *Entry, known []string) {
	e.Position = n.Position
	if e.Name == "" {
		e.Name = e.ExecCmd
	}
	l.required(n, "exec_cmd", "status")
	l.checkLength(n, "name", e.Name, maxName)
	if e.Status&^allBits() != 0 {
		l.report.Errorf(valueAt(n, "status"), "add up 1 dev, 2 test, 4 release, 8 pre", "status %d has a bit of no environment", e.Status)
	}
	if e.Active = e.Status&l.conf.Env.Bit() != 0; !e.Active {
		e.Reason = inactive(e.Status, l.conf.Env)
	}
	if e.ExecCmd == "" || slices.Contains(known, e.ExecCmd) {
		return
	}
	report := l.report.Warnf
	if e.Active {
		report = l.report.Errorf
	}
	report(valueAt(n, "exec_cmd"), strict.Suggest(e.ExecCmd, known), "no handler is registered for exec_cmd %s", strict.Quote(e.ExecCmd))
}

func allBits() (bits int) {
	for _, env := range Environments() {
		bits |= env.Bit()
	}
	return bits
}

// inactive says why an entry with a status does not run in an environment.
func inactive(status int, env Environment) string {
	var active []string
	for _, other := range Environments() {
		if status&other.Bit() != 0 {
			active = append(active, string(other))
		}
	}
	if len(active) == 0 {
		active = []string{"no environment"}
	}
	return "status " + strconv.Itoa(status) + " is active in " + strings.Join(active, ", ") + ", this is " + string(env)
}

// required reports keys that are missing or empty.
func (l *entryLoader) required(n *strict.Node, keys ...string) {
	for _, key := range keys {
		pair := n.Pair(key)
		switch {
		case pair == nil:
			l.report.Errorf(n.Position, "", "%s is missing", key)
		case pair.Value.Kind == strict.Text && strings.TrimSpace(pair.Value.Text) == "":
			l.report.Errorf(pair.Value.Position, "", "%s is empty", key)
		}
	}
}

func (l *entryLoader) checkLength(n *strict.Node, key, text string, limit int) {
	if length := utf8.RuneCountInString(text); length > limit {
		l.report.Errorf(valueAt(n, key), "", "%s has %d characters, at most %d fit", key, length, limit)
	}
}

// read tells whether an entry has a key, and with a value of the right type.
func (l *entryLoader) read(n *strict.Node, key string) bool {
	return n.Pair(key) != nil && !l.decoder.Failed(key)
}

// number reports a key whose number is below its lowest.
func (l *entryLoader) number(n *strict.Node, key string, value, low int) {
	if l.read(n, key) && value < low {
		l.report.Errorf(valueAt(n, key), "", "%s wants at least %d, got %d", key, low, value)
	}
}

// valueAt is the place of a key's value, or of the entry where the key is missing.
func valueAt(n *strict.Node, key string) Position {
	if pair := n.Pair(key); pair != nil {
		return pair.Value.Position
	}
	return n.Position
}

// twins reports, for each entry, that an earlier one has the same identity and is
// active in the same environment. Identity is empty where an entry has none.
func twins[E interface{ base() Entry }](entries []E, identity func(E) string, report func(e E, line int)) {
	type place struct {
		identity string
		env      Environment
	}
	first := map[place]int{} // → line
	for _, e := range entries {
		before := 0
		for _, env := range Environments() {
			at := place{identity(e), env}
			if at.identity == "" || e.base().Status&env.Bit() == 0 {
				continue
			}
			if line, twice := first[at]; twice {
				before = line
			} else {
				first[at] = e.base().Position.Line
			}
		}
		if before > 0 {
			report(e, before)
		}
	}
}

// pairOf joins two texts into an identity, or returns nothing where the first is empty.
func pairOf(a, b string) string {
	if a == "" {
		return ""
	}
	return a + "\x00" + b
}
