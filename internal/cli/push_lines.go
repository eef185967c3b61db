package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"simplest_script/core"
	"simplest_script/core/conf/strict"
)

// maxLine is how many bytes a line may have. A job whose texts fit into their
// columns has a few thousand.
const maxLine = 1 << 20

// jobLine is a line of a file of jobs.
type jobLine struct {
	number int // from 1
	text   []byte
	job    core.DelayQueuePushParams
}

// jobLines reads a file of JSON lines. Lines with nothing on them are passed over.
type jobLines struct {
	file    string // as messages name it
	scanner *bufio.Scanner
	number  int   // of the line that was read last
	bytes   int64 // read
}

func newJobLines(file string, r io.Reader) *jobLines {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 64<<10), maxLine)
	return &jobLines{file: file, scanner: s}
}

// next returns the next line, not yet parsed, or false at the end.
func (l *jobLines) next() (jobLine, bool) {
	for l.scanner.Scan() {
		l.number++
		l.bytes += int64(len(l.scanner.Bytes())) + 1
		text := l.scanner.Bytes()
		if l.number == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return jobLine{number: l.number, text: bytes.Clone(text)}, true
		}
	}
	return jobLine{}, false
}

// err returns why there is no next line; nil where it is the end.
func (l *jobLines) err() error {
	switch err := l.scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%s:%d: the line is longer than %d bytes", l.file, l.number+1, maxLine)
	case err != nil:
		return fmt.Errorf("reading %s after line %d: %w", l.file, l.number, err)
	}
	return nil
}

// parse reads the job of a line, and returns what is wrong with it. Unknown keys
// are wrong, for a misspelled one would otherwise be left out in silence.
func (l *jobLines) parse(line *jobLine) []strict.Problem {
	report := &strict.Report{}
	root := strict.ParseJSON(l.file, line.text, report)
	if root != nil {
		places := map[string]strict.Position{}
		(&strict.Decoder{Report: report, Tag: "json", Origins: places}).Decode(root, "", &line.job)
		if len(report.Problems) == 0 {
			l.checkJob(line.job, root.Position, places, report)
		}
	}
	for i := range report.Problems {
		problem := &report.Problems[i]
		problem.Line = line.number // the reader of a line knows of no others
		if rest, ok := strings.CutPrefix(problem.Message, "the file "); ok {
			problem.Message = "the line " + rest
		}
	}
	return report.Problems
}

// checkJob reports what the queue would refuse, at the key that it is about.
func (l *jobLines) checkJob(job core.DelayQueuePushParams, at strict.Position, places map[string]strict.Position, r *strict.Report) {
	for _, text := range refusals(job) {
		key, _, _ := strings.Cut(text, " ")
		if place, ok := places[key]; ok {
			at = place
		}
		r.Errorf(at, "", "%s", text)
	}
}
