package strict

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrInvalid is what Report.Err wraps.
var ErrInvalid = errors.New("the configuration has errors")

// Severity tells what a problem means for the start.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // nothing starts
	Warning Severity = "warning" // probably not what was meant
	Note    Severity = "note"    // worth knowing, nothing to do
)

// Problem is one thing that a person should know about the configuration. No
// field ever holds a secret.
type Problem struct {
	Position
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Hint     string   `json:"hint,omitempty"` // what to do, such as: did you mean "x"?
}

// String is the problem as one line, without its severity.
func (p Problem) String() string {
	s := p.Message
	if p.File != "" {
		s = p.Position.String() + ": " + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Report collects problems. The zero value is ready for use, by one goroutine.
type Report struct {
	Problems []Problem `json:"problems"`
}

// Errorf adds an error. The hint may be empty.
func (r *Report) Errorf(at Position, hint, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{at, Error, fmt.Sprintf(format, args...), hint})
}

// Warnf adds a warning. The hint may be empty.
func (r *Report) Warnf(at Position, hint, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{at, Warning, fmt.Sprintf(format, args...), hint})
}

// Notef adds a note.
func (r *Report) Notef(at Position, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{at, Note, fmt.Sprintf(format, args...), ""})
}

// Count returns how many problems of a severity there are.
func (r *Report) Count(s Severity) int {
	n := 0
	for _, p := range r.Problems {
		if p.Severity == s {
			n++
		}
	}
	return n
}

// Sort orders the problems as a person works through them: file after file in the
// order in which they were read, each from top to bottom.
func (r *Report) Sort() {
	order := map[string]int{}
	for _, p := range r.Problems {
		if _, seen := order[p.File]; !seen {
			order[p.File] = len(order)
		}
	}
	slices.SortStableFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(order[a.File], order[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
		)
	})
}

// Err returns nil where nothing keeps the daemon from starting, otherwise an
// error that wraps ErrInvalid and holds every error of the report, a line each.
func (r *Report) Err() error {
	var lines []string
	for _, p := range r.Problems {
		if p.Severity == Error {
			lines = append(lines, p.String())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%w:\n%s", ErrInvalid, strings.Join(lines, "\n"))
}
