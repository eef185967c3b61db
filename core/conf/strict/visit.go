package strict

import (
	"iter"
	"reflect"
	"sort"
	"strconv"
)

// Scalar is one value inside of a greater one.
type Scalar struct {
	Path string // such as A.B.C
	v    reflect.Value
}

// Value returns the value.
func (s Scalar) Value() any { return s.v.Interface() }

// Set puts a node in the place of the value, and reports where it does not fit.
func (d *Decoder) Set(s Scalar, n *Node) { d.value(n, s.Path, s.v) }

// Scalars goes through all scalars inside of what into points to, in the order of
// the fields and of sorted keys: those of structs, of maps by their keys, and of
// slices by their index. Path is that of into. What is set on the way stays.
func (d *Decoder) Scalars(path string, into any) iter.Seq[Scalar] {
	return func(yield func(Scalar) bool) {
		if v := reflect.ValueOf(into); v.Kind() == reflect.Pointer && !v.IsNil() {
			d.visit(path, v.Elem(), yield)
		}
	}
}

func (d *Decoder) visit(path string, v reflect.Value, yield func(Scalar) bool) bool {
	d.depth++
	defer func() { d.depth-- }()
	t := v.Type()
	switch {
	case d.depth > maxDepth:
		return true
	case isScalar(t):
		return yield(Scalar{path, v})
	case t.Kind() == reflect.Pointer:
		return v.IsNil() || d.visit(path, v.Elem(), yield)
	case t.Kind() == reflect.Struct:
		for _, f := range fields(t, d.Tag) {
			if !d.visit(Join(path, f.name), v.FieldByIndex(f.index), yield) {
				return false
			}
		}
	case t.Kind() == reflect.Slice:
		for i := range v.Len() {
			if !d.visit(Join(path, strconv.Itoa(i)), v.Index(i), yield) {
				return false
			}
		}
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		return d.visitMap(path, v, yield)
	}
	return true
}

// visitMap works on a copy of each item, since items of a map cannot be set in place.
func (d *Decoder) visitMap(path string, v reflect.Value, yield func(Scalar) bool) bool {
	keys := v.MapKeys()
	sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
	for _, key := range keys {
		item := reflect.New(v.Type().Elem()).Elem()
		item.Set(v.MapIndex(key))
		more := d.visit(Join(path, key.String()), item, yield)
		v.SetMapIndex(key, item)
		if !more {
			return false
		}
	}
	return true
}
