package strict

import (
	"strconv"
	"unicode/utf8"
)

// Kind is what a Node is, whatever the format of its file.
type Kind int

// The kinds of nodes.
const (
	Null   Kind = iota
	Text        // quoted, or plain in YAML
	Number      // Node.Text is the number as it was written
	Bool        // Node.Text is true or false
	Raw         // text from outside a file, which may be meant as any scalar
	List
	Map
)

// Node is a value in a file, and its place. Nodes may be shared, where YAML has
// an alias, and are not changed after parsing.
type Node struct {
	Position
	Kind   Kind
	Text   string  // of scalars
	Items  []*Node // of a List
	Pairs  []Pair  // of a Map, each key once, in the order of the file
	Hidden bool    // the text must not be printed
	json   bool    // JSON is read more strictly: null and a number are never text
}

// Pair is a key of a Map with its value. Position is the place of the key.
type Pair struct {
	Position
	Key   string
	Value *Node
}

// NewRaw returns a scalar that comes from outside a file, such as from an
// environment variable. Text that is hidden appears in no message.
func NewRaw(origin, text string, hidden bool) *Node {
	return &Node{Position: Position{File: origin}, Kind: Raw, Text: text, Hidden: hidden}
}

// Pair returns the pair with a key, or nil. It may be called on any node.
func (n *Node) Pair(key string) *Pair {
	if n == nil {
		return nil
	}
	for i := range n.Pairs {
		if n.Pairs[i].Key == key {
			return &n.Pairs[i]
		}
	}
	return nil
}

// got describes the node where something else was wanted.
func (n *Node) got() string {
	switch n.Kind {
	case Text, Raw:
		if n.Hidden {
			return "another text"
		}
		return "the text " + Quote(n.Text)
	case Number:
		return shorten(n.Text)
	case List, Map, Null:
		return n.Kind.String()
	}
	return n.Text
}

// String is the kind as people call it.
func (k Kind) String() string {
	return [...]string{"null", "a text", "a number", "true or false", "a text", "a list", "a map"}[k]
}

// Quote puts a text into quotes for a message, and keeps it readable.
func Quote(s string) string { return strconv.Quote(shorten(s)) }

func shorten(s string) string {
	const limit = 40
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit]) + "…"
}

// unique drops every pair whose key was there before, and reports it.
func unique(pairs []Pair, r *Report) []Pair {
	first := make(map[string]Position, len(pairs))
	kept := pairs[:0]
	for _, p := range pairs {
		if before, twice := first[p.Key]; twice {
			r.Errorf(p.Position, "keep one of them", "the key %s is given twice, first in line %d", Quote(p.Key), before.Line)
			continue
		}
		first[p.Key] = p.Position
		kept = append(kept, p)
	}
	return kept
}
