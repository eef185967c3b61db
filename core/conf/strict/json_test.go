package strict_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf/strict"
)

func parseJSON(text string) (*strict.Node, *strict.Report) {
	r := &strict.Report{}
	return strict.ParseJSON("f", []byte(text), r), r
}

func TestJSONTrees(t *testing.T) {
	tests := []struct{ json, want string }{
		{"[]", "[]@1:1"},
		{"\ufeff{}", "{}@1:1"},
		{"/* a\n b */ [1, // one\n 2,]// end", "[a number(1)@2:8 a number(2)@3:2]@2:7"},
		{`{"名": "é\u00e9\n", "b": null, "c": [true, -1.5e3]}`, "{名@1:2=a text(éé\n)@1:7 b@1:20=null(null)@1:25 c@1:31=[true or false(true)@1:37 a number(-1.5e3)@1:43]@1:36}@1:1"},
		{"[\r\n\t{\"a\":1}\r\n]", "[{a@2:3=a number(1)@2:7}@2:2]@1:1"},
	}
	for _, tt := range tests {
		root, r := parseJSON(tt.json)
		require.Empty(t, r.Problems, tt.json)
		require.Equal(t, tt.want, brief(root), tt.json)
	}
}

func TestJSONProblems(t *testing.T) {
	tests := []struct{ json, want string }{
		{"", "f:1:1: the file is empty (write [] for a list of nothing)"},
		{"[1", "f:1:3: the file ends too early (a bracket, a quote or a comment is not closed)"},
		{"[1] /* x", "f:1:5: the file ends too early (a bracket, a quote or a comment is not closed)"},
		{"[1] 2", "f:1:5: invalid character '2' after top-level value"},
		{"[1 2]", "f:1:4: invalid character '2' after array value (expecting ',' or ']') (is a comma missing before it?)"},
		{"[,]", "f:1:2: no value begins like this (text stands in double quotes)"},
		{"[TRUE]", "f:1:2: no value begins like this (text stands in double quotes)"},
		{"[01]", "f:1:2: no value begins like this (text stands in double quotes)"},
		{"{a: 1}", "f:1:2: no value begins like this (text stands in double quotes)"},
		{"{1: 1}", "f:1:2: no key begins like this (keys stand in double quotes)"},
		{`{"a" 1}`, "f:1:6: invalid character '1' after object name"},
		{`["\x"]`, `f:1:2: a text with a character that needs a backslash (inside quotes write \" for a quote, \\ for a backslash, \n for a line feed)`},
		{"[1}", "f:1:3: invalid character '}' after array value (expecting ',' or ']') (is a bracket missing before it?)"},
		{`{"a": 1, "A": 2, "a": 3}`, `f:1:18: the key "a" is given twice, first in line 1 (keep one of them)`},
		{strings.Repeat("[", 50_000), "f:1:50001: the file ends too early (a bracket, a quote or a comment is not closed)"},
		{strings.Repeat("[", 50_001), "f: the file has more than 50000 brackets"},
		{"[\"\xff\"]", "f:1:3: the file is not UTF-8 text: byte 0xff (save it as UTF-8)"},
	}
	for _, tt := range tests {
		_, r := parseJSON(tt.json)
		require.Equal(t, []string{tt.want}, lines(r), "%.40q", tt.json)
	}
}
