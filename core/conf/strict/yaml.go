package strict

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ParseYAML reads one YAML document; an empty file is an empty Map. It returns
// nil after reporting the first syntax error. Duplicate keys, tags, a second
// document and the like are reported, and the tree is returned without them.
// Aliases and merge keys (<<) are followed.
func ParseYAML(file string, data []byte, r *Report) (root *Node) {
	s := newSource(file, data, r)
	if s == nil {
		return nil
	}
	defer s.guard(r)
	documents, err := yamlDocuments(s.data)
	if err != nil {
		s.reportYAML(err, r)
		return nil
	}
	if len(documents) == 0 {
		return &Node{Position: Position{file, 1, 1}, Kind: Map}
	}
	if len(documents) > 1 {
		second := documents[1]
		r.Errorf(Position{file, second.Line, second.Column}, "one file holds one configuration", "a second document (---) begins here")
	}
	p := yamlParser{file: file, report: r, done: map[*yaml.Node]*Node{}}
	return p.node(documents[0])
}

// yamlDocuments returns the content of each document of a stream.
func yamlDocuments(data []byte) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, document.Content...)
	}
}

type yamlParser struct {
	file   string
	report *Report
	done   map[*yaml.Node]*Node // nil while a node is being converted
}

// node converts a node once: each alias of it gets the same Node, so that a few
// lines of aliases cannot become a tree that fills the memory.
func (p *yamlParser) node(y *yaml.Node) *Node {
	at := Position{p.file, y.Line, y.Column}
	if y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if n, seen := p.done[y]; seen {
		if n == nil {
			p.report.Errorf(at, "", "the alias stands inside of what it stands for")
			return &Node{Position: at}
		}
		return n
	}
	p.done[y] = nil
	n := &Node{Position: Position{p.file, y.Line, y.Column}}
	switch y.Kind {
	case yaml.MappingNode:
		n.Kind = Map
		n.Pairs = p.pairs(y)
	case yaml.SequenceNode:
		n.Kind = List
		for _, item := range y.Content {
			n.Items = append(n.Items, p.node(item))
		}
	case yaml.ScalarNode:
		n.Kind, n.Text = p.scalar(y), y.Value
	}
	p.done[y] = n
	return n
}

// pairs returns the pairs of a mapping; those of a merge key (<<) come after its
// own, where the mapping itself has no such key.
func (p *yamlParser) pairs(y *yaml.Node) []Pair {
	var own, merged []Pair
	for i := 0; i+1 < len(y.Content); i += 2 {
		key, at := y.Content[i], Position{p.file, y.Content[i].Line, y.Content[i].Column}
		value := p.node(y.Content[i+1])
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			merged = append(merged, p.merge(at, value)...)
		case key.Kind == yaml.ScalarNode && key.ShortTag() != "!!null":
			own = append(own, Pair{at, key.Value, value})
		default:
			p.report.Errorf(at, "", "a key must be a word")
		}
	}
	own = unique(own, p.report)
	has := make(map[string]bool, len(own))
	for _, pair := range own {
		has[pair.Key] = true
	}
	for _, pair := range merged {
		if !has[pair.Key] {
			has[pair.Key] = true
			own = append(own, pair)
		}
	}
	return own
}

// merge returns what a merge key brings: the pairs of a map, or of a list of
// maps, of which an earlier one wins.
func (p *yamlParser) merge(at Position, value *Node) []Pair {
	var all []Pair
	for _, m := range append(value.Items, value) {
		switch {
		case m.Kind == Map:
			all = append(all, m.Pairs...)
		case m != value || m.Kind != List:
			p.report.Errorf(at, "", "<< wants the alias of a map")
		}
	}
	return all
}

func (p *yamlParser) scalar(y *yaml.Node) Kind {
	switch y.ShortTag() {
	case "!!str", "!!timestamp", "!!merge":
		return Text
	case "!!int", "!!float":
		return Number
	case "!!bool":
		return Bool
	case "!!null":
		return Null
	}
	p.report.Errorf(Position{p.file, y.Line, y.Column}, "leave it out", "a tag (!) that is not known here")
	return Text
}

var yamlError = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)`)

// reportYAML puts an error of the parser into the words of a Report. Names of
// aliases are not repeated: a password that begins with * looks like one.
func (s *source) reportYAML(err error, r *Report) {
	parts := yamlError.FindStringSubmatch(err.Error())
	said, _ := strconv.Atoi(parts[1]) // 0 where the parser names no line
	at := s.begin(s.brokenLine(said))
	message, hint := parts[2], ""
	switch {
	case strings.HasPrefix(message, "unknown anchor"):
		message, hint = "an alias (*) of something that is not in the file", "text that begins with * stands in quotes"
	case bytes.HasPrefix(s.data[s.offset(at.Line, 1):], []byte("\t")):
		message, hint = "a tab at the beginning of the line", "YAML is indented with spaces"
	case strings.Contains(message, "mapping values are not allowed"):
		hint = "check the indentation; text with a colon and a space stands in quotes"
	case strings.Contains(message, "did not find expected key"):
		hint = "check the indentation of this line"
	}
	r.Errorf(at, hint, "not YAML: %s", message)
}

// brokenLine returns the line that breaks the file: the first one after the
// longest beginning of the file that is YAML by itself. What the parser said is
// often the line of the block around the mistake, or one off; it is the answer
// only for a file that is too long for so many attempts.
func (s *source) brokenLine(said int) int {
	const patience = 20 << 20 // bytes to parse
	if len(s.lines)*len(s.data) > patience {
		return said
	}
	for line := len(s.lines); line > 1; line-- {
		if _, err := yamlDocuments(s.data[:s.offset(line, 1)]); err == nil {
			return line
		}
	}
	return 1
}
