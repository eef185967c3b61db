package strict

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"sort"
	"unicode/utf8"
)

// Files beyond these limits are refused before they are parsed, so that no file
// can exhaust memory or the stack.
const (
	maxSize     = 1 << 20
	maxBrackets = 50_000
)

// ReadFile reads a file for ParseYAML or ParseJSON. The error does not repeat the
// path, since a message of a Report begins with it.
func ReadFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = f.Close() }() // only read from
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, withoutPath(err)
	}
	return data, nil
}

func withoutPath(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// source is the text of a file, and turns offsets into positions.
type source struct {
	file  string
	data  []byte
	lines []int // offset at which each line starts
}

// newSource strips the byte order mark and checks what a parser need not be
// troubled with. It returns nil after reporting why the file cannot be parsed.
func newSource(file string, data []byte, r *Report) *source {
	s := &source{file: file, data: bytes.TrimPrefix(data, []byte("\ufeff")), lines: []int{0}}
	switch {
	case len(s.data) > maxSize:
		r.Errorf(Position{File: file}, "", "the file is larger than %d KiB", maxSize>>10)
		return nil
	case bytes.Count(s.data, []byte("["))+bytes.Count(s.data, []byte("{")) > maxBrackets:
		r.Errorf(Position{File: file}, "", "the file has more than %d brackets", maxBrackets)
		return nil
	}
	for i, c := range s.data {
		if c == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	if i := s.notText(); i >= 0 {
		r.Errorf(s.at(i), "save it as UTF-8", "the file is not UTF-8 text: byte 0x%02x", s.data[i])
		return nil
	}
	return s
}

// notText returns the offset of the first byte that is not UTF-8, or -1.
func (s *source) notText() int {
	for i := 0; i < len(s.data); {
		c, size := utf8.DecodeRune(s.data[i:])
		if c == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// at turns an offset into a position.
func (s *source) at(offset int) Position {
	offset = min(offset, len(s.data))
	line := sort.SearchInts(s.lines, offset+1)
	return Position{
		File:   s.file,
		Line:   line,
		Column: utf8.RuneCount(s.data[s.lines[line-1]:offset]) + 1,
	}
}

// offset turns a line, and a byte in it, both counted from 1, into an offset.
func (s *source) offset(line, column int) int {
	if line = max(line, 1); line > len(s.lines) {
		return len(s.data)
	}
	return min(s.lines[line-1]+max(column, 1)-1, len(s.data))
}

// begin returns the position of the first character of a line that is no space.
func (s *source) begin(line int) Position {
	offset := s.offset(line, 1)
	rest := s.data[offset:]
	indent := len(rest) - len(bytes.TrimLeft(rest, " "))
	return s.at(offset + indent)
}

// blank tells whether nothing is in the file.
func (s *source) blank() bool {
	return !slices.ContainsFunc(bytes.Runes(s.data), func(c rune) bool { return c > ' ' })
}

// guard turns a panic of a parser into an error: the parsers are other people's,
// and no file may end the daemon. What the panic says may quote the file.
func (s *source) guard(r *Report) {
	if recover() != nil {
		r.Errorf(Position{File: s.file}, "leave out what was changed last", "the file cannot be parsed")
	}
}
