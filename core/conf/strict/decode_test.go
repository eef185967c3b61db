package strict_test

import (
	"errors"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf/strict"
)

type base struct {
	Name string
	Deep deep
}

type deep struct{ On bool }

type word string

type all struct {
	base
	Text     string
	Word     word
	I8       int8
	I        int
	U16      uint16
	U64      uint64
	F        float64
	F32      float32
	Wait     time.Duration
	Address  netip.Addr
	List     []deep
	Table    map[string]deep
	Words    map[word]int
	Pointer  *deep
	Named    int `key:"other_name,omitempty"`
	Skipped  int `key:"-"`
	internal int
}

func decode(text string, into any) (*strict.Decoder, *strict.Report) {
	r := &strict.Report{}
	d := &strict.Decoder{Report: r, Tag: "key", Origins: map[string]strict.Position{}}
	if root := strict.ParseYAML("f", []byte(text), r); root != nil {
		d.Decode(root, "", into)
	}
	return d, r
}

func TestDecodeEverything(t *testing.T) {
	got := all{Skipped: 1, internal: 2, List: []deep{{}, {}, {}}, Table: map[string]deep{"old": {}}}
	d, r := decode(`
Name: n
Deep: {On: True}
Text: 0123
Word: w
I8: -128
I: +7
U16: 65535
U64: 18446744073709551615
F: 1e3
F32: 0.5
Wait: 1h30m
Address: 10.0.0.1
List: [{On: true}, {}]
Table: {a: {On: true}, b: }
Words: {x: 1}
Pointer: {On: true}
other_name: 9
`, &got)
	require.Empty(t, r.Problems)
	require.Equal(t, all{
		base: base{Name: "n", Deep: deep{On: true}},
		Text: "0123", Word: "w", I8: -128, I: 7, U16: math.MaxUint16, U64: math.MaxUint64, F: 1000, F32: 0.5,
		Wait: 90 * time.Minute, Address: netip.MustParseAddr("10.0.0.1"),
		List: []deep{{On: true}, {}}, Table: map[string]deep{"a": {On: true}, "b": {}},
		Words: map[word]int{"x": 1}, Pointer: &deep{On: true}, Named: 9, Skipped: 1, internal: 2,
	}, got)
	require.Equal(t, strict.Position{File: "f", Line: 14, Column: 13}, d.Origins["List.0.On"])
	require.Equal(t, strict.Position{File: "f", Line: 3, Column: 12}, d.Origins["Deep.On"])
}

// What the file does not say stays; a key without a value says nothing.
func TestDecodeKeepsDefaults(t *testing.T) {
	got := all{Text: "t", I: 1, Pointer: &deep{On: true}, Table: map[string]deep{"a": {}}}
	want := got
	_, r := decode("Text:\nI: ~\nPointer:\nTable: null\nList:\n", &got)
	require.Empty(t, r.Problems)
	require.Equal(t, want, got)
}

func TestDecodeProblems(t *testing.T) {
	tests := []struct{ yaml, want string }{
		{"I8: 128", "f:1:5: I8 wants a whole number from -128 to 127, got 128"},
		{"U16: -1", "f:1:6: U16 wants a whole number from 0 to 65535, got -1"},
		{"U64: 18446744073709551616", "f:1:6: U64 wants a whole number from 0 to 18446744073709551615, got 18446744073709551616"},
		{"I: 0x10", "f:1:4: I wants a whole number, got 0x10"},
		{"I: 1_000", "f:1:4: I wants a whole number, got 1_000"},
		{"I: true", "f:1:4: I wants a whole number, got true"},
		{"F: .nan", "f:1:4: F wants a number, got .nan"},
		{"F32: 1e300", "f:1:6: F32 wants a number, got 1e300"},
		{"Wait: 10", `f:1:7: Wait wants a duration such as "10s", got 10`},
		{"Wait: true", `f:1:7: Wait wants a duration such as "10s", got true`},
		{"Address: a.b", `f:1:10: Address is not valid: ParseAddr("a.b"): unexpected character (at "a.b")`},
		{"Address: [a]", "f:1:10: Address wants a text, got a list"},
		{"Text: true", "f:1:7: Text wants a text, got true or false"},
		{"internal: 1", `f:1:1: unknown key "internal"`},
		{"Skipped: 1", `f:1:1: unknown key "Skipped"`},
		{"Named: 1", `f:1:1: unknown key "Named" (did you mean "Name"?)`},
		{"List: [{On: 1}, {of: true}]", "f:1:13: List.0.On wants true or false, got 1"},
		{"Words: {x: y}", `f:1:12: Words.x wants a whole number, got the text "y"`},
		{"Text: {}", "f:1:7: Text wants a text, got a map"},
		{"- a", "f:1:1: wants a map with the keys Name, Deep, Text, Word, I8, I, U16, U64, F, F32, Wait, Address, List, Table, Words, Pointer, other_name, got a list"},
		{"I: " + "123456789 123456789 123456789 123456789 123456789", `f:1:4: I wants a whole number, got the text "123456789 123456789 123456789 123456789 …"`},
	}
	for _, tt := range tests {
		_, r := decode(tt.yaml, &all{})
		require.NotEmpty(t, r.Problems, tt.yaml)
		require.Equal(t, tt.want, lines(r)[0])
	}
}

// What a program declares but no file can hold is a message, not a panic.
func TestDecodeIntoTheImpossible(t *testing.T) {
	var into struct {
		Any  any
		Chan chan int
		Func func()
		Map  map[int]string
		Arr  [2]int
	}
	_, r := decode("Any: 1\nChan: 1\nFunc: x\nMap: {1: a}\nArr: [1]\n", &into)
	require.Equal(t, []string{
		"f:1:6: Any cannot be read from a file: the program declares it as interface {}",
		"f:2:7: Chan cannot be read from a file: the program declares it as chan int",
		"f:3:7: Func cannot be read from a file: the program declares it as func()",
		"f:4:6: Map cannot be read from a file: the program declares it as map[int]string",
		"f:5:6: Arr cannot be read from a file: the program declares it as [2]int",
	}, lines(r))

	for _, target := range []any{nil, all{}, (*all)(nil)} {
		_, r = decode("Text: x", target)
		require.ErrorIs(t, r.Err(), strict.ErrInvalid)
	}
}

func TestDecodeStopsAtDepth(t *testing.T) {
	type chain struct{ Next *chain }
	leaf := &strict.Node{Kind: strict.Map}
	for range 100 {
		leaf = &strict.Node{Kind: strict.Map, Pairs: []strict.Pair{{Key: "Next", Value: leaf}}}
	}
	r := &strict.Report{}
	d := strict.Decoder{Report: r}
	d.Decode(leaf, "", &chain{})
	require.Len(t, r.Problems, 1)
	require.Contains(t, r.Problems[0].Message, "is nested too deeply")
}

func TestFailed(t *testing.T) {
	d, _ := decode("Deep: 1\nI: x\nText: y\nTable: {a: {On: 1}}\n", &all{})
	for path, want := range map[string]bool{
		"Deep": true, "Deep.On": true, "I": true, "Text": false, "Table": false, "Table.a.On": true, "Table.a": false, "F": false,
	} {
		require.Equal(t, want, d.Failed(path), path)
	}
}

func TestScalars(t *testing.T) {
	into := all{
		base:  base{Name: "n"},
		List:  []deep{{On: true}},
		Table: map[string]deep{"b": {}, "a": {On: true}},
	}
	d := &strict.Decoder{Report: &strict.Report{}, Tag: "key"}
	var paths []string
	for s := range d.Scalars("X", &into) {
		paths = append(paths, s.Path)
		if s.Path == "X.Table.b.On" {
			require.Equal(t, false, s.Value())
			d.Set(s, strict.NewRaw("variable", "true", false))
		}
		if s.Path == "X.I" {
			d.Set(s, strict.NewRaw("variable", "hunter2", true))
		}
	}
	require.Equal(t, []string{
		"X.Name", "X.Deep.On", "X.Text", "X.Word", "X.I8", "X.I", "X.U16", "X.U64", "X.F", "X.F32", "X.Wait", "X.Address",
		"X.List.0.On", "X.Table.a.On", "X.Table.b.On", "X.other_name",
	}, paths)
	require.Equal(t, map[string]deep{"a": {On: true}, "b": {On: true}}, into.Table)
	require.Equal(t, []string{"variable: X.I wants a whole number, got another text"}, lines(d.Report))

	for s := range d.Scalars("", &into) {
		require.Equal(t, "Name", s.Path, "a loop may end early")
		break
	}
}

func TestReadFile(t *testing.T) {
	_, err := strict.ReadFile("nowhere")
	require.EqualError(t, err, "no such file or directory")
	_, err = strict.ReadFile(".")
	require.EqualError(t, err, "is a directory")
	data, err := strict.ReadFile("/dev/zero")
	require.NoError(t, err)
	r := &strict.Report{}
	require.Nil(t, strict.ParseYAML("f", data, r))
	require.True(t, errors.Is(r.Err(), strict.ErrInvalid))
}
