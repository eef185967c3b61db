package strict

import (
	"encoding"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"time"
)

// wholeNumber has no leading zeros, no underscores and no other bases: YAML reads
// 010 as eight, which is never what was meant.
var wholeNumber = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)

// scalar fills a value that is one word in the file.
func (d *Decoder) scalar(n *Node, path string, v reflect.Value) {
	if n.Kind == List || n.Kind == Map || n.Kind == Null {
		d.wrong(n, path, wanted(v.Type()))
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(n.Text)); err != nil {
			d.fail(n, path, "is not valid: %v", err)
		}
		return
	}
	ok := false
	switch t := v.Type(); {
	case t == durationType:
		ok = setDuration(n, v)
	case t.Kind() == reflect.String:
		ok = n.Kind == Text || n.Kind == Raw || n.Kind == Number && !n.json
		if !ok {
			d.wrong(n, path, "a text")
			return
		}
		v.SetString(n.Text)
	case t.Kind() == reflect.Bool:
		ok = (n.Kind == Bool || n.Kind == Raw) && setBool(n.Text, v)
	case v.CanInt(), v.CanUint():
		ok = (n.Kind == Number || n.Kind == Raw) && d.setWhole(n, path, v)
	case v.CanFloat():
		ok = (n.Kind == Number || n.Kind == Raw) && setFloat(n.Text, v)
	default:
		d.unsupported(n, path, t)
		return
	}
	if !ok {
		d.fail(n, path, "wants %s, got %s", wanted(v.Type()), n.got())
	}
}

// wanted says what a scalar of a type looks like in a file.
func wanted(t reflect.Type) string {
	switch v := reflect.Zero(t); {
	case t == durationType:
		return `a duration such as "10s"`
	case t.Kind() == reflect.Bool:
		return "true or false"
	case v.CanInt(), v.CanUint():
		return "a whole number"
	case v.CanFloat():
		return "a number"
	}
	return "a text"
}

func setDuration(n *Node, v reflect.Value) bool {
	if n.Kind == Bool || n.Kind == Number && n.Text != "0" {
		return false
	}
	duration, err := time.ParseDuration(n.Text)
	if err != nil {
		return false
	}
	v.SetInt(int64(duration))
	return true
}

func setBool(text string, v reflect.Value) bool {
	switch text {
	case "true", "True", "TRUE":
		v.SetBool(true)
	case "false", "False", "FALSE":
		v.SetBool(false)
	default:
		return false
	}
	return true
}

func setFloat(text string, v reflect.Value) bool {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || v.OverflowFloat(f) {
		return false
	}
	v.SetFloat(f)
	return true
}

// setWhole reports a number that does not fit itself, and is then content.
func (d *Decoder) setWhole(n *Node, path string, v reflect.Value) bool {
	if !wholeNumber.MatchString(n.Text) {
		return false
	}
	bits := v.Type().Bits()
	if v.CanInt() {
		i, err := strconv.ParseInt(n.Text, 10, bits)
		if err == nil {
			v.SetInt(i)
			return true
		}
		d.outOfRange(n, path, -1<<(bits-1), 1<<(bits-1)-1)
		return true
	}
	u, err := strconv.ParseUint(n.Text, 10, bits)
	if err == nil {
		v.SetUint(u)
		return true
	}
	d.outOfRange(n, path, 0, math.MaxUint64>>(64-bits))
	return true
}

func (d *Decoder) outOfRange(n *Node, path string, low int64, high uint64) {
	d.fail(n, path, "wants a whole number from %d to %d, got %s", low, high, n.got())
}
