package strict

import (
	"fmt"
	"strings"

	"github.com/tailscale/hujson"
)

// ParseJSON reads JSON in which comments, and commas after the last item, are
// allowed. It returns nil after reporting the first syntax error. A duplicate key
// is reported and left out of the tree.
func ParseJSON(file string, data []byte, r *Report) (root *Node) {
	s := newSource(file, data, r)
	if s == nil {
		return nil
	}
	defer s.guard(r)
	// The parser wants a line feed after each comment, also after the last one.
	value, err := hujson.Parse(append(s.data[:len(s.data):len(s.data)], '\n'))
	if err != nil {
		s.reportJSON(err, r)
		return nil
	}
	return s.jsonNode(value, r)
}

func (s *source) jsonNode(v hujson.Value, r *Report) *Node {
	n := &Node{Position: s.at(v.StartOffset), json: true}
	switch v := v.Value.(type) {
	case *hujson.Array:
		n.Kind = List
		for _, item := range v.Elements {
			n.Items = append(n.Items, s.jsonNode(item, r))
		}
	case *hujson.Object:
		n.Kind = Map
		for _, m := range v.Members {
			key, _ := m.Name.Value.(hujson.Literal)
			n.Pairs = append(n.Pairs, Pair{s.at(m.Name.StartOffset), key.String(), s.jsonNode(m.Value, r)})
		}
		n.Pairs = unique(n.Pairs, r)
	case hujson.Literal:
		n.Kind, n.Text = jsonKind(v.Kind()), v.String()
	}
	return n
}

func jsonKind(k hujson.Kind) Kind {
	switch k {
	case '"':
		return Text
	case '0':
		return Number
	case 't', 'f':
		return Bool
	}
	return Null
}

// reportJSON puts an error of the parser, which has the place only in its text,
// into the words of a Report.
func (s *source) reportJSON(err error, r *Report) {
	var line, column int
	message := err.Error()
	if _, bad := fmt.Sscanf(message, "hujson: line %d, column %d:", &line, &column); bad == nil {
		message = strings.SplitN(message, ": ", 3)[2]
	}
	offset := s.offset(line, column)
	message, hint := s.explainJSON(message, offset)
	r.Errorf(s.at(offset), hint, "%s", message)
}

// explainJSON returns the parser's message for the text at offset in words that
// help. It never repeats a text in quotes, which may be a secret.
func (s *source) explainJSON(message string, offset int) (better, hint string) {
	var first byte
	if offset < len(s.data) {
		first = s.data[offset]
	}
	switch {
	case s.blank():
		return "the file is empty", "write [] for a list of nothing"
	case strings.HasSuffix(message, "unexpected EOF"):
		return "the file ends too early", "a bracket, a quote or a comment is not closed"
	case strings.HasPrefix(message, "invalid literal") && first == '"':
		return "a text with a character that needs a backslash", `inside quotes write \" for a quote, \\ for a backslash, \n for a line feed`
	case first == ']', first == '}':
		return message, "is a bracket missing before it?"
	case strings.HasPrefix(message, "invalid literal"), strings.HasSuffix(message, "at start of value"):
		return "no value begins like this", "text stands in double quotes"
	case strings.HasSuffix(message, "at start of object name"):
		return "no key begins like this", "keys stand in double quotes"
	case strings.Contains(message, "(expecting ','"):
		return message, "is a comma missing before it?"
	}
	return message, ""
}
