package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// event is one line of `go test -json`, as `go doc test2json` describes it.
type event struct {
	Action     string
	Package    string
	ImportPath string // instead of Package where a build speaks
	Test       string
	Output     string
}

// key is a test, or with an empty name the package itself.
type key struct{ pkg, test string }

// report keeps what each running test has printed until its outcome is known.
type report struct {
	out                     io.Writer
	printed                 map[key][]string
	failedIn                map[string]int // failed tests per package
	reasons                 map[string]int // skipped tests per reason
	passed, failed, skipped int
}

func newReport(out io.Writer) *report {
	return &report{out: out, printed: map[key][]string{}, failedIn: map[string]int{}, reasons: map[string]int{}}
}

// read takes events until the end of in. A line that is no event is passed on:
// the go command prints some of its own errors as plain text.
func (r *report) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil {
				r.take(e)
			} else {
				r.print(string(line))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (r *report) take(e event) {
	k := key{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		r.print(e.Output)
	case "output":
		r.output(k, e.Output)
	case "pass":
		if e.Test != "" {
			r.passed++
		}
		delete(r.printed, k)
	case "fail":
		r.fail(k)
	case "skip":
		r.skip(k)
	}
}

// progress matches the lines by which a verbose test says how far it is.
var progress = regexp.MustCompile(`^=== (RUN|PAUSE|CONT|NAME) `)

// output keeps a test's lines until its outcome is known; those of the package
// are its result, or an accident outside of any test, and are shown at once.
func (r *report) output(k key, line string) {
	switch {
	case progress.MatchString(line):
	case k.test != "":
		r.printed[k] = append(r.printed[k], line)
	case line != "PASS\n":
		r.print(line)
	}
}

func (r *report) fail(k key) {
	if k.test != "" {
		r.failed++
		r.failedIn[k.pkg]++
		r.print(r.printed[k]...)
		delete(r.printed, k)
		return
	}
	if r.failedIn[k.pkg] > 0 {
		return
	}
	// It did not build, or its process ended in the middle of a test: show what
	// the tests that never came to an end had printed.
	r.failed++
	for unfinished, lines := range r.printed {
		if unfinished.pkg == k.pkg {
			r.print(lines...)
		}
	}
}

func (r *report) skip(k key) {
	if k.test == "" {
		return // a package without tests
	}
	r.skipped++
	r.reasons[reason(r.printed[k])]++
	delete(r.printed, k)
}

// where matches the file and line before a test's message.
var where = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// reason finds the message of t.Skip in what a test printed.
func reason(lines []string) string {
	for _, line := range slices.Backward(lines) {
		if where.MatchString(line) {
			return strings.TrimSpace(where.ReplaceAllString(line, ""))
		}
	}
	return "no reason given"
}

// close prints the reasons of skipped tests, and the counts alone on the last line.
func (r *report) close() {
	for _, why := range slices.Sorted(maps.Keys(r.reasons)) {
		r.print(fmt.Sprintf("skipped %d: %s\n", r.reasons[why], why))
	}
	r.print(fmt.Sprintf("%d passed, %d failed, %d skipped\n", r.passed, r.failed, r.skipped))
}

// print ignores errors: where nobody reads the report, the exit code still tells.
func (r *report) print(lines ...string) {
	for _, line := range lines {
		_, _ = io.WriteString(r.out, line)
	}
}
