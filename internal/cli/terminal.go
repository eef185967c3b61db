package cli

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/term"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"simplest_script/core"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// variable returns the value of an environment variable, or nothing.
func (p *program) variable(name string) string {
	for i := len(p.Environ) - 1; i >= 0; i-- { // as a shell has it: the last one counts
		if value, ok := strings.CutPrefix(p.Environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// colour is a colour of a terminal, as its escape sequence numbers it.
type colour string

const (
	bold   colour = "1"
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	cyan   colour = "36"
)

// painted is text that goes to the terminal as it is, with its escape sequences.
type painted string

// paint gives text a colour where the output is a terminal and nobody objects.
func (p *program) paint(c colour, s string) painted {
	if !p.OutTerminal || p.noColor || p.variable("NO_COLOR") != "" || p.variable("TERM") == "dumb" {
		return painted(visible(s))
	}
	return painted("\x1b[" + string(c) + "m" + visible(s) + "\x1b[0m")
}

// paintStatus gives the word for a status the colour that people expect.
func (p *program) paintStatus(s core.DelayStatus) painted {
	switch s {
	case core.DelayRunning:
		return p.paint(cyan, s.String())
	case core.DelayDone:
		return p.paint(green, s.String())
	case core.DelayFailed:
		return p.paint(red, s.String())
	case core.DelayHeld, core.DelaySkipped, core.DelayCancelled:
		return p.paint(yellow, s.String())
	}
	return painted(s.String())
}

// visible makes characters that would command a terminal harmless: names and
// results come from anywhere.
func visible(s string) string {
	if !strings.ContainsFunc(s, commands) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if commands(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// commands tells characters that are not printed, such as the escape character, a
// line feed, or a change of the direction of writing.
func commands(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != '\u200d' }

// grid is a table whose columns are aligned as a terminal shows them, where a
// Chinese character is two columns wide.
type grid struct{ t table.Writer }

// newGrid returns a table with these heads; one that begins with > is over numbers.
func (p *program) newGrid(heads ...string) grid {
	t := table.NewWriter()
	style := table.Style{Options: table.OptionsNoBordersAndSeparators}
	style.Box.PaddingRight = "  "
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	row := make(table.Row, len(heads))
	var numbers []table.ColumnConfig
	for i, head := range heads {
		name, number := strings.CutPrefix(head, ">")
		row[i] = string(p.paint(bold, name))
		if number {
			numbers = append(numbers, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
		}
	}
	t.AppendHeader(row)
	t.SetColumnConfigs(numbers)
	return grid{t}
}

// row adds a row. Texts are made visible, painted ones are taken as they are.
func (g grid) row(cells ...any) {
	for i, c := range cells {
		switch c := c.(type) {
		case string:
			cells[i] = visible(c)
		case painted:
			cells[i] = string(c)
		}
	}
	g.t.AppendRow(cells)
}

// print writes the table, each line after indent.
func (g grid) print(w io.Writer, indent string) {
	for line := range strings.Lines(g.t.Render() + "\n") {
		_, _ = io.WriteString(w, indent+line) // a person's terminal: there is nobody else to tell
	}
}

// clip cuts text to a width on the terminal.
func clip(s string, width int) string { return text.Snip(visible(s), width, "…") }

// printJSON writes v for a script.
func (p *program) printJSON(v any) error {
	e := json.NewEncoder(p.Out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
