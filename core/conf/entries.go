package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"simplest_script/core/conf/strict"
)

// LoadEntries reads the two entry files of the partition of c, whose other fields
// are not changed except Files. It can be called again on a running daemon: the
// entries are complete and right where the report has no error.
func LoadEntries(c *Config, known Known) ([]QueueEntry, []CronEntry, *Report) {
	l := &entryLoader{Config: c, report: &Report{}}
	queue := loadFile(l, "queue_", func(n *strict.Node, e *QueueEntry) { l.checkQueue(n, e, known.Consumer) })
	crontab := loadFile(l, "crontab_", func(n *strict.Node, e *CronEntry) { l.checkCron(n, e, known.Cron) })
	l.checkQueueTwins(queue)
	l.checkCronTwins(crontab)
	return queue, crontab, l.report
}

type entryLoader struct {
	*Config
	report *Report
}

// loadFile reads the list of entries in a file, and lets check look at each one
// that is a map.
func loadFile[E any](l *entryLoader, kind string, check func(*strict.Node, *E)) []E {
	path := l.find(kind + l.Partition + ".json")
	if path == "" {
		return nil
	}
	data, err := strict.ReadFile(path)
	if err != nil {
		l.report.Errorf(Position{File: shown(path)}, "", "cannot be read: %v", err)
		return nil
	}
	if !slices.Contains(l.Files, path) {
		l.Files = append(l.Files, path)
	}
	return parseEntries(l.report, shown(path), data, check)
}

func parseEntries[E any](r *Report, file string, data []byte, check func(*strict.Node, *E)) []E {
	root := strict.ParseJSON(file, data, r)
	if root == nil {
		return nil
	}
	if root.Kind != strict.List {
		r.Errorf(root.Position, "", "the file wants a list of entries, [{…}, {…}], got %s", root.Kind)
		return nil
	}
	entries := make([]E, len(root.Items))
	decoder := &strict.Decoder{Report: r, Tag: "json"}
	for i, item := range root.Items {
		decoder.Decode(item, "", &entries[i])
		if item.Kind == strict.Map {
			check(item, &entries[i])
		}
	}
	return entries
}

// find looks for an entry file in etc, and where the original has it: beside the
// program. It returns nothing where there is none; two are an error, since an
// edit of the wrong one would be without effect.
func (l *entryLoader) find(name string) string {
	var found []string
	for _, dir := range []string{filepath.Join(l.Home, "etc"), l.Home, programFolder()} {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !slices.ContainsFunc(found, same(path)) {
			found = append(found, path)
		}
	}
	switch len(found) {
	case 0:
		return ""
	case 1:
		return found[0]
	}
	l.report.Errorf(Position{File: shown(found[0])}, "keep one of them", "the same file is also %s", shown(found[1]))
	return ""
}

// same tells whether two paths lead to one file.
func same(path string) func(string) bool {
	return func(other string) bool {
		a, errA := os.Stat(path)
		b, errB := os.Stat(other)
		return path == other || errA == nil && errB == nil && os.SameFile(a, b)
	}
}

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
	if e.Status&^allBits() != 0 || e.Status < 0 {
		l.report.Errorf(valueAt(n, "status"), "add up 1 dev, 2 test, 4 release, 8 pre", "status %d has a bit of no environment", e.Status)
	}
	e.Active = e.Status > 0 && e.Status&l.Env.Bit() != 0
	if !e.Active {
		e.Reason = inactive(e.Status, l.Env)
	}
	if e.ExecCmd == "" || slices.Contains(known, e.ExecCmd) {
		return
	}
	report := l.report.Warnf
	if e.Active {
		report = l.report.Errorf
	}
	report(valueAt(n, "exec_cmd"), strict.Suggest(e.ExecCmd, known), "no handler is registered for exec_cmd %q", e.ExecCmd)
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

// number reports a key whose number is below its lowest. A number that is not one
// at all was reported when it was read.
func (l *entryLoader) number(n *strict.Node, key string, value, low int) {
	if pair := n.Pair(key); pair != nil && pair.Value.Kind == strict.Number && value < low {
		l.report.Errorf(pair.Value.Position, "", "%s wants at least %d, got %d", key, low, value)
	}
}

// valueAt is the place of a key's value, or of the entry where the key is missing.
func valueAt(n *strict.Node, key string) Position {
	if pair := n.Pair(key); pair != nil {
		return pair.Value.Position
	}
	return n.Position
}
