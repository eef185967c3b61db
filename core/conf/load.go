package conf

import (
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"

	"simplest_script/core/conf/strict"
)

// Options are what Load needs to know beforehand.
type Options struct {
	Home     string    // of --home; empty: SCRIPT_HOME, or found
	Environ  []string  // as os.Environ returns it
	Sections []Section // of the modules
	Known    Known     // what the modules have handlers for

	NoEntries bool // leave the entry files unread: a task is told what to run
}

// Load reads the whole configuration and fills the sections of the modules. The
// Config is never nil, but only to be used for showing it where Report.Err is not
// nil. Load opens no connection.
func Load(opts Options) (*Config, *Report) {
	r := &Report{Problems: []strict.Problem{}}
	l := &loader{
		Config:    Default(),
		report:    r,
		variables: newVariables(opts.Environ, r),
		modules:   opts.Sections,
		origins:   map[string]Position{},
	}
	l.decoder = &strict.Decoder{Report: r, Tag: "conf", Origins: l.origins}
	if l.locate(opts.Home, l.variables) {
		root := l.read()
		if root != nil {
			l.fill(root)
			l.checkKinds(opts.Known.Delay)
		}
		surroundings := *l.Config
		if root == nil {
			surroundings.embedServices() // entries are not to blame for a file that cannot be read
		}
		if !opts.NoEntries {
			entries := readEntries(&surroundings, opts.Known, r)
			l.Queue, l.Crontab = entries.queue, entries.crontab
			l.Files = append(l.Files, entries.files...)
		}
	}
	l.values = l.explain()
	r.Sort()
	return l.Config, r
}

// loader is a Config in the making.
type loader struct {
	*Config
	report    *Report
	variables *variables
	decoder   *strict.Decoder
	modules   []Section           // all that there are
	sections  []Section           // those that can be filled
	unread    []string            // top-level keys of the file that nobody declared
	origins   map[string]Position // path → where the value was set
	file      string              // the YAML file as messages name it
}

// read parses the YAML file of the environment; in dev there need not be one. It
// returns nil after reporting why there is nothing to go on with.
func (l *loader) read() *strict.Node {
	path := filepath.Join(l.Home, "etc", string(l.Env)+".yaml")
	l.file = shown(path)
	at := Position{File: l.file}
	data, err := strict.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if other := filepath.Join(l.Home, "etc", string(l.Env)+".yml"); missing && isFile(other) {
		l.report.Errorf(at, "", "not there: rename %s to %s", shown(other), filepath.Base(path))
		return nil
	}
	switch {
	case missing && l.Env == Dev:
		return &strict.Node{Position: at, Kind: strict.Map}
	case missing:
		l.report.Errorf(at, "only dev works without", "the configuration of the environment %s is not there", l.Env)
		return nil
	case err != nil:
		l.report.Errorf(at, "", "cannot be read: %v", err)
		return nil
	}
	l.Files = append(l.Files, path)
	root := strict.ParseYAML(l.file, data, l.report)
	if root != nil && root.Kind != strict.Map && root.Kind != strict.Null {
		l.report.Errorf(root.Position, "", "the file wants keys such as Mysql: and Logger:, got %s", root.Kind)
		return nil
	}
	return root
}

// fill puts the file, then the variables, then what follows from both, into the
// Config, and checks the result.
func (l *loader) fill(root *strict.Node) {
	ours, theirs := l.split(root)
	l.decoder.Decode(ours, "", l.Config)
	for _, s := range l.sections {
		if pair := theirs.Pair(s.Name); pair != nil {
			l.decoder.Decode(pair.Value, s.Name, s.Into)
		}
	}
	l.nameServices()
	l.override()
	l.checkServices(ours)
	l.chooseOwn()
	l.check()
}

// override puts environment variables in the place of single values.
func (l *loader) override() {
	set := func(path string, into any) {
		for s := range l.decoder.Scalars(path, into) {
			if n := l.variables.node(s.Path, l.Home); n != nil {
				l.decoder.Set(s, n)
			}
		}
	}
	set("", l.Config)
	for _, s := range l.sections {
		set(s.Name, s.Into)
	}
	l.variables.reportUnused()
}

// at is where a value, or the map around it, was set; a default has only the file.
func (l *loader) at(path string) Position {
	for ; path != ""; path = path[:max(strings.LastIndexByte(path, '.'), 0)] {
		if at, ok := l.origins[path]; ok {
			return at
		}
	}
	return Position{File: l.file}
}

// isSection tells whether a module's section can be filled.
func isSection(s Section) bool {
	v := reflect.ValueOf(s.Into)
	return v.Kind() == reflect.Pointer && !v.IsNil() && v.Elem().Kind() == reflect.Struct
}
