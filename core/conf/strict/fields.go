package strict

import (
	"encoding"
	"reflect"
	"strings"
	"time"
)

var (
	durationType    = reflect.TypeFor[time.Duration]()
	unmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// field is a field of a struct as the key of a file names it.
type field struct {
	name  string
	index []int
}

// fields returns the fields of a struct with the names that a tag gives them, or
// their own. Fields of embedded structs count as its own; "-" leaves one out.
func fields(t reflect.Type, tag string) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get(tag), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && !isScalar(f.Type):
			for _, inner := range fields(f.Type, tag) {
				all = append(all, field{inner.name, append([]int{i}, inner.index...)})
			}
		case !f.IsExported():
		case name == "":
			all = append(all, field{f.Name, []int{i}})
		default:
			all = append(all, field{name, []int{i}})
		}
	}
	return all
}

// Keys returns the keys that a file may have for the struct that into points to.
func Keys(into any, tag string) []string {
	return names(fields(reflect.TypeOf(into).Elem(), tag))
}

func names(fields []field) []string {
	all := make([]string, len(fields))
	for i, f := range fields {
		all[i] = f.name
	}
	return all
}

// isScalar tells whether a value of t is written as one word in a file.
func isScalar(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(unmarshalerType) {
		return true
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array, reflect.Pointer:
		return false
	}
	return true
}
