package strict

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Nesting and size beyond which a tree is refused: aliases of YAML can make a
// small file stand for a tree without end.
const (
	maxDepth = 64
	maxNodes = 100_000
)

// Decoder puts trees into Go values. It fills strings, numbers, booleans,
// durations ("10s"), types with UnmarshalText, and structs, pointers, slices and
// maps of them. A key that the file does not have leaves its field as it is.
type Decoder struct {
	Report  *Report
	Tag     string              // struct tag that names keys; without it the field's name counts
	Origins map[string]Position // where each path (A.B.C) was set; nil: not recorded

	depth, nodes int
	failed       map[string]bool // paths whose values are wrong
}

// Decode fills the value that into points to. Path is that of n, empty for a
// whole file. What is wrong goes to the Report; the rest is filled all the same.
func (d *Decoder) Decode(n *Node, path string, into any) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		d.fail(n, path, "cannot be read into a %T: the program must give a pointer", into)
		return
	}
	d.value(n, path, v.Elem())
}

func (d *Decoder) value(n *Node, path string, v reflect.Value) {
	d.depth++
	defer func() { d.depth-- }()
	d.nodes++
	if d.depth > maxDepth || d.nodes > maxNodes {
		if d.depth == maxDepth+1 || d.nodes == maxNodes+1 {
			d.fail(n, path, "is nested too deeply, or is too much")
		}
		return
	}
	d.origin(path, n.Position)
	if n.Kind == Null && !n.json {
		return // a key without a value in YAML: as if it were not there
	}
	switch t := v.Type(); {
	case isScalar(t):
		d.scalar(n, path, v)
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(t.Elem()))
		}
		d.value(n, path, v.Elem())
	case t.Kind() == reflect.Struct:
		d.structure(n, path, v)
	case t.Kind() == reflect.Slice:
		d.slice(n, path, v)
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		d.mapping(n, path, v)
	default:
		d.unsupported(n, path, t)
	}
}

func (d *Decoder) origin(path string, at Position) {
	if d.Origins != nil && path != "" {
		d.Origins[path] = at
	}
}

func (d *Decoder) structure(n *Node, path string, v reflect.Value) {
	all := fields(v.Type(), d.Tag)
	if n.Kind != Map {
		d.wrong(n, path, "a map with the keys "+strings.Join(names(all), ", "))
		return
	}
	for _, pair := range n.Pairs {
		if i := indexOf(all, pair.Key); i >= 0 {
			d.value(pair.Value, Join(path, pair.Key), v.FieldByIndex(all[i].index))
			continue
		}
		d.unknown(pair, path, names(all))
	}
}

func indexOf(all []field, name string) int {
	for i, f := range all {
		if f.name == name {
			return i
		}
	}
	return -1
}

// slice fills what v points to anew: a list in the file takes the place of a
// default, it does not add to it.
func (d *Decoder) slice(n *Node, path string, v reflect.Value) {
	if n.Kind != List {
		d.wrong(n, path, "a list")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items))
	for i, item := range n.Items {
		d.value(item, Join(path, strconv.Itoa(i)), list.Index(i))
	}
	v.Set(list)
}

// mapping fills v anew, as slice does. A key without a value stays as a zero value.
func (d *Decoder) mapping(n *Node, path string, v reflect.Value) {
	if n.Kind != Map {
		d.wrong(n, path, "a map")
		return
	}
	t := v.Type()
	m := reflect.MakeMapWithSize(t, len(n.Pairs))
	for _, pair := range n.Pairs {
		item := reflect.New(t.Elem()).Elem()
		d.value(pair.Value, Join(path, pair.Key), item)
		m.SetMapIndex(reflect.ValueOf(pair.Key).Convert(t.Key()), item)
	}
	v.Set(m)
}

func (d *Decoder) unknown(pair Pair, path string, known []string) {
	where := ""
	if path != "" {
		where = " in " + path
	}
	d.Report.Errorf(pair.Position, Suggest(pair.Key, known), "unknown key %s%s", Quote(pair.Key), where)
}

// wrong reports a node of the wrong kind. The text of a node that should be more
// than one word is not repeated: it may be a secret in the wrong place.
func (d *Decoder) wrong(n *Node, path, want string) {
	d.fail(n, path, "wants %s, got %s", want, n.Kind)
}

func (d *Decoder) unsupported(n *Node, path string, t reflect.Type) {
	d.fail(n, path, "cannot be read from a file: the program declares it as %s", t)
}

// fail reports that the value at a path is wrong, and remembers it.
func (d *Decoder) fail(n *Node, path, format string, args ...any) {
	if d.failed == nil {
		d.failed = map[string]bool{}
	}
	d.failed[path] = true
	if path != "" {
		path += " "
	}
	d.Report.Errorf(n.Position, "", "%s%s", path, fmt.Sprintf(format, args...))
}

// Failed tells whether the value at a path, or one around it, was reported as
// wrong: then what the Go value holds there was never read.
func (d *Decoder) Failed(path string) bool {
	for ; path != ""; path = path[:max(strings.LastIndexByte(path, '.'), 0)] {
		if d.failed[path] {
			return true
		}
	}
	return d.failed[""]
}

// Join makes the path of a key below a path.
func Join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
