package strict_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf/strict"
)

// FuzzParseYAML: no input ends the program, every mistake has a place in the file,
// and a tree that is written out is read as the same tree.
func FuzzParseYAML(f *testing.F) {
	f.Add([]byte("a: &x {b: 1, c: [x, 'y', ~]}\nd: {<<: *x, b: true}\n"))
	f.Add([]byte("a: |\n  b\n---\n[*x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &strict.Report{}
		root := strict.ParseYAML("f", data, r)
		if root == nil || len(r.Problems) > 0 {
			placed(t, r)
			return
		}
		text := render(t, root, strconv.QuoteToASCII)
		again := strict.ParseYAML("f", []byte(text), r)
		require.NoError(t, r.Err(), text)
		require.Equal(t, text, render(t, again, strconv.QuoteToASCII))
		d := strict.Decoder{Report: r}
		d.Decode(root, "", &all{})
	})
}

// FuzzParseJSON is the same for JSON.
func FuzzParseJSON(f *testing.F) {
	f.Add([]byte("[{\"a\": 1, // b\n \"c\": [true, null, \"\\u00e9\"],}] /* d */"))
	f.Add([]byte("{\"a\" 1}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &strict.Report{}
		root := strict.ParseJSON("f", data, r)
		if root == nil || len(r.Problems) > 0 {
			placed(t, r)
			return
		}
		text := render(t, root, jsonQuote)
		again := strict.ParseJSON("f", []byte(text), r)
		require.NoError(t, r.Err(), text)
		require.Equal(t, text, render(t, again, jsonQuote))
		d := strict.Decoder{Report: r}
		d.Decode(root, "", &all{})
	})
}

// placed checks that something was reported, all of it in the file.
func placed(t *testing.T, r *strict.Report) {
	t.Helper()
	require.NotEmpty(t, r.Problems)
	for _, p := range r.Problems {
		require.Equal(t, "f", p.File)
		require.NotEmpty(t, p.Message)
	}
}

// render writes a tree in the braces that JSON and YAML share, each text quoted by
// quote. What is a number in YAML alone becomes a text of the same characters.
func render(t *testing.T, n *strict.Node, quote func(string) string) string {
	t.Helper()
	var out strings.Builder
	var write func(n *strict.Node)
	write = func(n *strict.Node) {
		if out.Len() > 1<<18 {
			t.Skip("aliases make too much of it")
		}
		switch {
		case n.Kind == strict.Null:
			out.WriteString("null")
		case n.Kind == strict.Bool:
			out.WriteString(strings.ToLower(n.Text))
		case n.Kind == strict.Number && json.Valid([]byte(n.Text)):
			out.WriteString(n.Text)
		case n.Kind == strict.List:
			out.WriteString("[")
			for _, item := range n.Items {
				write(item)
				out.WriteString(",")
			}
			out.WriteString("]")
		case n.Kind == strict.Map:
			out.WriteString("{")
			for _, p := range n.Pairs {
				out.WriteString(quote(p.Key) + ": ")
				write(p.Value)
				out.WriteString(",")
			}
			out.WriteString("}")
		default:
			out.WriteString(quote(n.Text))
		}
	}
	write(n)
	return out.String()
}

func jsonQuote(s string) string {
	data, _ := json.Marshal(s) // a string is always valid
	return string(data)
}
