package conf

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"simplest_script/core/conf/strict"
)

// Environment variables begin with prefix; one that ends in fileSuffix names a
// file with the value, as container platforms mount their secrets.
const (
	prefix     = "SCRIPT_"
	fileSuffix = "_FILE"
)

// variables are the environment variables of the daemon. Each must be used, or
// its owner is told that it has no effect.
type variables struct {
	values map[string]string
	used   map[string]string // variable → path of the value that it sets
	report *Report
}

func newVariables(environ []string, r *Report) *variables {
	v := &variables{values: map[string]string{}, used: map[string]string{}, report: r}
	for _, assignment := range environ {
		if name, value, ok := strings.Cut(assignment, "="); ok && strings.HasPrefix(name, prefix) {
			v.values[name] = value
		}
	}
	return v
}

// get returns a variable that is not part of the YAML file.
func (v *variables) get(name string) (value string, ok bool) {
	v.used[name] = name
	value, ok = v.values[name]
	return value, ok
}

// anyFor tells whether a variable sets something at a path or below it.
func (v *variables) anyFor(path string) bool {
	name := variableName(path)
	for key := range v.values {
		if key == name || strings.HasPrefix(key, name+"_") {
			return true
		}
	}
	return false
}

// node returns what a variable, or the file that it names, puts at a path, or nil.
func (v *variables) node(path, home string) *strict.Node {
	name := variableName(path)
	if other, twice := v.used[name]; twice {
		if v.anyFor(path) {
			v.report.Errorf(Position{File: name}, "rename one of them", "the variable stands for %s and for %s", other, path)
		}
		return nil
	}
	v.used[name], v.used[name+fileSuffix] = path, path
	value, direct := v.values[name]
	file, indirect := v.values[name+fileSuffix]
	switch {
	case direct && indirect:
		v.report.Errorf(Position{File: name}, "keep one of them", "set, and %s too", name+fileSuffix)
		return nil
	case direct:
		return strict.NewRaw(name, value, false)
	case indirect:
		return v.fromFile(name+fileSuffix, file, home)
	}
	return nil
}

func (v *variables) fromFile(name, path, home string) *strict.Node {
	if !filepath.IsAbs(path) {
		path = filepath.Join(home, path)
	}
	data, err := strict.ReadFile(path)
	if err != nil {
		v.report.Errorf(Position{File: name}, "", "the file %s cannot be read: %v", shown(path), err)
		return nil
	}
	value := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	return strict.NewRaw(name+" ("+shown(path)+")", value, true)
}

// reportUnused warns about variables that set nothing: a misspelled override
// would otherwise be missed in silence.
func (v *variables) reportUnused() {
	var known []string
	for name := range v.used {
		known = append(known, strings.TrimPrefix(name, prefix))
	}
	slices.Sort(known)
	for _, name := range slices.Sorted(maps.Keys(v.values)) {
		if _, used := v.used[name]; used {
			continue
		}
		hint := ""
		if near := strict.Nearest(strings.TrimPrefix(name, prefix), known); near != "" {
			hint = "did you mean " + prefix + near + "?"
		}
		v.report.Warnf(Position{File: name}, hint, "the variable sets nothing")
	}
}

// variableName is the variable for a path: its keys in upper case, joined by _.
func variableName(path string) string {
	return prefix + strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToUpper(c)
		}
		return '_'
	}, path)
}
