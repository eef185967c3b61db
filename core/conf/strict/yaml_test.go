package strict_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf/strict"
)

func parseYAML(text string) (*strict.Node, *strict.Report) {
	r := &strict.Report{}
	return strict.ParseYAML("f", []byte(text), r), r
}

// brief is a tree in one line: what is in it and where.
func brief(n *strict.Node) string {
	where := fmt.Sprintf("@%d:%d", n.Line, n.Column)
	switch n.Kind {
	case strict.List:
		var items []string
		for _, item := range n.Items {
			items = append(items, brief(item))
		}
		return "[" + strings.Join(items, " ") + "]" + where
	case strict.Map:
		var pairs []string
		for _, p := range n.Pairs {
			pairs = append(pairs, fmt.Sprintf("%s@%d:%d=%s", p.Key, p.Line, p.Column, brief(p.Value)))
		}
		return "{" + strings.Join(pairs, " ") + "}" + where
	}
	return fmt.Sprintf("%s(%s)%s", n.Kind, n.Text, where)
}

func lines(r *strict.Report) []string {
	var all []string
	for _, p := range r.Problems {
		all = append(all, p.String())
	}
	return all
}

func TestYAMLTrees(t *testing.T) {
	tests := []struct{ yaml, want string }{
		{"", "{}@1:1"},
		{"# nothing\n", "{}@1:1"},
		{"a: 1\n\nb:\n  - x\n  - 'y'\n", "{a@1:1=a number(1)@1:4 b@3:1=[a text(x)@4:5 a text(y)@5:5]@4:3}@1:1"},
		{"日本: 語 # 注\n", "{日本@1:1=a text(語)@1:5}@1:1"},
		{"a: {b: true, c: ~, d: 1.50, e: 2001-01-01}", "{a@1:1={b@1:5=true or false(true)@1:8 c@1:14=null(~)@1:17 d@1:20=a number(1.50)@1:23 e@1:29=a text(2001-01-01)@1:32}@1:4}@1:1"},
		{"1: a\ntrue: b\n", "{1@1:1=a text(a)@1:4 true@2:1=a text(b)@2:7}@1:1"},
		{"a: |\n  two\n  lines\n", "{a@1:1=a text(two\nlines\n)@1:4}@1:1"},
		{"a: &x {b: 1}\nc: *x\n", "{a@1:1={b@1:8=a number(1)@1:11}@1:4 c@2:1={b@1:8=a number(1)@1:11}@1:4}@1:1"},
		{"a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n", "{a@1:1={b@1:8=a number(1)@1:11 c@1:14=a number(2)@1:17}@1:4 d@2:1={b@2:13=a number(3)@2:16 c@1:14=a number(2)@1:17}@2:4}@1:1"},
		{"a: &x {b: 1}\nd: &y {b: 2, c: 2}\ne: {<<: [*x, *y]}\n", "{a@1:1={b@1:8=a number(1)@1:11}@1:4 d@2:1={b@2:8=a number(2)@2:11 c@2:14=a number(2)@2:17}@2:4 e@3:1={b@1:8=a number(1)@1:11 c@2:14=a number(2)@2:17}@3:4}@1:1"},
		{"a: !!str 1\nb: \"<<\"", "{a@1:1=a text(1)@1:4 b@2:1=a text(<<)@2:4}@1:1"},
	}
	for _, tt := range tests {
		root, r := parseYAML(tt.yaml)
		require.Empty(t, r.Problems, tt.yaml)
		require.Equal(t, tt.want, brief(root), tt.yaml)
	}
}

func TestYAMLProblems(t *testing.T) {
	tests := []struct{ yaml, want string }{
		{"a: &x [*x]", "f:1:8: the alias stands inside of what it stands for"},
		{"a: &x {b: {c: *x}}", "f:1:15: the alias stands inside of what it stands for"},
		{"a: {<<: 1}", "f:1:5: << wants the alias of a map"},
		{"a: {<<: [1]}", "f:1:5: << wants the alias of a map"},
		{"[a]: 1", "f:1:1: a key must be a word"},
		{"? {a: b}\n: 1", "f:1:3: a key must be a word"},
		{"~: 1", "f:1:1: a key must be a word"},
		{"a: !!binary aGk=", "f:1:4: a tag (!) that is not known here (leave it out)"},
		{"a: \x00", "f:1:1: not YAML: control characters are not allowed"},
		{"a: 'x\nb: 1\n", "f:1:1: not YAML: found unexpected end of stream"},
		{"a: 1\nb: %\n", "f:2:1: not YAML: found character that cannot start any token"},
		{"a: 1\n  b: 2\n", "f:2:3: not YAML: mapping values are not allowed in this context (check the indentation; text with a colon and a space stands in quotes)"},
		{strings.Repeat("[", 20_000), "f:1:1: not YAML: exceeded max depth of 10000"},
		{strings.Repeat("[", 60_000), "f: the file has more than 50000 brackets"},
		{strings.Repeat(" ", 1<<20+1), "f: the file is larger than 1024 KiB"},
		{"\xff\xfea\x00:\x00", "f:1:1: the file is not UTF-8 text: byte 0xff (save it as UTF-8)"},
		{"ä: 1\nö\xfc", "f:2:2: the file is not UTF-8 text: byte 0xfc (save it as UTF-8)"},
	}
	for _, tt := range tests {
		_, r := parseYAML(tt.yaml)
		require.Equal(t, []string{tt.want}, lines(r), "%.40q", tt.yaml)
	}
}

// A file that is too long for the search of its broken line is still refused.
func TestLongBrokenYAML(t *testing.T) {
	root, r := parseYAML(strings.Repeat("b: x\n", 3000) + "a: [\n")
	require.Nil(t, root)
	require.Equal(t, []string{"f:3001:1: not YAML: did not find expected node content"}, lines(r))
}

// Nine lines stand for a billion words; the tree holds each of them once.
func TestBillionLaughs(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	root, r := parseYAML(bomb)
	require.Empty(t, r.Problems)

	var into struct{ I [][][][][][][][][]string }
	d := strict.Decoder{Report: r}
	d.Decode(&strict.Node{Kind: strict.Map, Pairs: []strict.Pair{{Key: "I", Value: root.Pair("i").Value}}}, "", &into)
	require.Len(t, r.Problems, 1)
	require.Contains(t, r.Problems[0].Message, "is nested too deeply, or is too much")
}
