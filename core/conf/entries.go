package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"simplest_script/core/conf/strict"
)

// LoadEntries reads the two entry files of the partition of c, which it does not
// change. It can be called again for a running daemon: the entries are complete
// and right where the report has no error.
func LoadEntries(c *Config, known Known) ([]QueueEntry, []CronEntry, *Report) {
	r := &Report{Problems: []strict.Problem{}}
	l := readEntries(c, known, r)
	r.Sort()
	return l.queue, l.crontab, r
}

// entryLoader holds what is read from the entry files.
type entryLoader struct {
	conf    *Config // only read
	report  *Report
	decoder *strict.Decoder // of the entry at hand
	files   []string        // absolute
	queue   []QueueEntry
	crontab []CronEntry
}

func readEntries(c *Config, known Known, r *Report) *entryLoader {
	l := &entryLoader{conf: c, report: r}
	if file, data := l.open("queue_", "consumer"); data != nil {
		l.queue = parseEntries(l, file, data, func(n *strict.Node, e *QueueEntry) { l.checkQueue(n, e, known.Consumer) })
		l.checkQueueTwins()
	}
	if file, data := l.open("crontab_", "cron task"); data != nil {
		l.crontab = parseEntries(l, file, data, func(n *strict.Node, e *CronEntry) { l.checkCron(n, e, known.Cron) })
		l.checkCronTwins()
	}
	return l
}

// open returns an entry file and the name that messages have for it, or nil after
// reporting why there is none.
func (l *entryLoader) open(prefix, what string) (file string, data []byte) {
	name := prefix + l.conf.Partition + ".json"
	found := l.find(name)
	switch len(found) {
	case 0:
		l.report.Notef(Position{File: shown(filepath.Join(l.conf.Home, "etc", name))}, "not there: no %s is configured", what)
		return "", nil
	case 1:
	default:
		l.report.Errorf(Position{File: shown(found[0])}, "keep one of them", "there is also %s", shown(found[1]))
		return "", nil
	}
	file = shown(found[0])
	data, err := strict.ReadFile(found[0])
	if err != nil {
		l.report.Errorf(Position{File: file}, "", "cannot be read: %v", err)
		return "", nil
	}
	l.files = append(l.files, found[0])
	return file, data
}

// find looks for an entry file in etc, and where the original has it: beside the
// program. Two are an error, since an edit of the wrong one would have no effect.
func (l *entryLoader) find(name string) []string {
	var found []string
	for _, dir := range []string{filepath.Join(l.conf.Home, "etc"), l.conf.Home, programFolder()} {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) && !slices.ContainsFunc(found, same(path)) {
			found = append(found, path)
		}
	}
	return found
}

// parseEntries reads a list of entries, and lets check look at each that is a map.
func parseEntries[E any](l *entryLoader, file string, data []byte, check func(*strict.Node, *E)) []E {
	root := strict.ParseJSON(file, data, l.report)
	if root == nil {
		return nil
	}
	if root.Kind != strict.List {
		l.report.Errorf(root.Position, "", "the file wants a list of entries, [{…}, {…}], got %s", root.Kind)
		return nil
	}
	entries := make([]E, len(root.Items))
	for i, item := range root.Items {
		l.decoder = &strict.Decoder{Report: l.report, Tag: "json"}
		l.decoder.Decode(item, "", &entries[i])
		if item.Kind == strict.Map {
			check(item, &entries[i])
		}
	}
	return entries
}

// same tells whether two paths lead to one file.
func same(path string) func(string) bool {
	return func(other string) bool {
		a, errA := os.Stat(path)
		b, errB := os.Stat(other)
		return path == other || errA == nil && errB == nil && os.SameFile(a, b)
	}
}
