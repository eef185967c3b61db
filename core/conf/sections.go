package conf

import (
	"reflect"
	"slices"
	"strings"

	"simplest_script/core/conf/strict"
)

// split divides the file into our sections and those of others. A section that
// nobody declared is a warning, since files of the original have such beside
// ours, but an error where it looks like a misspelling.
func (l *loader) split(root *strict.Node) (ours, theirs *strict.Node) {
	own := strict.Keys(l.Config, "conf")
	declared := l.declare(own)
	ours = &strict.Node{Position: root.Position, Kind: strict.Map}
	theirs = &strict.Node{Position: root.Position, Kind: strict.Map}
	for _, pair := range root.Pairs {
		switch {
		case slices.Contains(own, pair.Key):
			if pair.Key == "Kafka" {
				pair.Value = namedClusters(pair.Value)
			}
			ours.Pairs = append(ours.Pairs, pair)
		case slices.Contains(declared, pair.Key):
			theirs.Pairs = append(theirs.Pairs, pair)
		default:
			l.undeclared(pair, append(own, declared...))
		}
	}
	return ours, theirs
}

// declare takes over the sections of the modules, and returns their names.
func (l *loader) declare(own []string) []string {
	var names []string
	for _, s := range l.modules {
		switch at := (Position{File: l.file}); {
		case s.Name == "":
		case slices.Contains(own, s.Name) || slices.Contains(names, s.Name):
			l.report.Errorf(at, "the program must rename it", "the section %s is declared twice", s.Name)
		case !isSection(s):
			l.report.Errorf(at, "the program must give a pointer to a struct", "the section %s cannot be read into a %T", s.Name, s.Into)
		default:
			names = append(names, s.Name)
			l.sections = append(l.sections, s)
		}
	}
	return names
}

func (l *loader) undeclared(pair strict.Pair, known []string) {
	l.unread = append(l.unread, pair.Key)
	l.origins[pair.Key] = pair.Position
	for _, name := range known {
		if l.misspelled(pair, name) {
			l.report.Errorf(pair.Position, strict.Suggest(pair.Key, []string{name}), "unknown key %s", strict.Quote(pair.Key))
			return
		}
	}
	l.report.Warnf(pair.Position, "", "the section %s is read by no module", strict.Quote(pair.Key))
}

// misspelled tells whether a key is probably meant to be name: it differs in case
// alone, or by few slips where the value looks like one of name. In short words
// two slips are another word (Oss is not Host).
func (l *loader) misspelled(pair strict.Pair, name string) bool {
	if strings.EqualFold(pair.Key, name) {
		return true
	}
	slips := min(2, max(len([]rune(pair.Key)), len([]rune(name)))/3)
	alike := pair.Value.Kind == strict.Null || (pair.Value.Kind == strict.Map) == l.isMap(name)
	return alike && strict.Distance(strings.ToLower(pair.Key), strings.ToLower(name)) <= slips
}

// isMap tells whether a section holds keys of its own, rather than one value.
func (l *loader) isMap(name string) bool {
	if slices.ContainsFunc(l.sections, func(s Section) bool { return s.Name == name }) {
		return true
	}
	own, ok := reflect.TypeFor[Config]().FieldByName(name)
	return ok && (own.Type.Kind() == reflect.Struct || own.Type.Kind() == reflect.Map)
}

// namedClusters gives the original's flat section, {Brokers, MaxIdle}, the name
// Default; other sections are maps of named clusters already.
func namedClusters(kafka *strict.Node) *strict.Node {
	flat := slices.ContainsFunc(kafka.Pairs, func(p strict.Pair) bool {
		plain := p.Value.Kind != strict.Map && p.Value.Kind != strict.Null
		return plain || p.Key == "Brokers" || p.Key == "MaxIdle"
	})
	if !flat {
		return kafka
	}
	return &strict.Node{
		Position: kafka.Position,
		Kind:     strict.Map,
		Pairs:    []strict.Pair{{Position: kafka.Position, Key: DefaultName, Value: kafka}},
	}
}
