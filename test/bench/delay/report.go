package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"simplest_script/test/median"
)

// report is a list of tables that is printed as Markdown.
type report struct {
	settings []string
	tables   []table
}

type table struct {
	title string
	head  []string
	rows  [][]string
	note  string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (r *report) add(t table) { r.tables = append(r.tables, t) }

func (r *report) write(w io.Writer) {
	for _, s := range r.settings {
		fmt.Fprintln(w, "-", s)
	}
	for _, t := range r.tables {
		t.write(w)
	}
}

func (t table) write(w io.Writer) {
	fmt.Fprintf(w, "\n### %s\n\n", t.title)
	line(w, t.head)
	line(w, strings.Split("---"+strings.Repeat(" ---:", len(t.head)-1), " "))
	for _, row := range t.rows {
		line(w, row)
	}
	if t.note != "" {
		fmt.Fprintf(w, "\n%s\n", t.note)
	}
}

func line(w io.Writer, cells []string) {
	trimmed := make([]string, len(cells))
	for i, c := range cells {
		trimmed[i] = strings.TrimSpace(c)
	}
	fmt.Fprintf(w, "| %s |\n", strings.Join(trimmed, " | "))
}

// rate returns events per second.
func rate(n int, took time.Duration) float64 { return float64(n) / took.Seconds() }

// perSecond writes a rate with three digits that count.
func perSecond(r float64) string {
	if r >= 10_000 {
		return fmt.Sprintf("%.1fk", r/1000)
	}
	return fmt.Sprintf("%.0f", r)
}

// number writes a ratio or a size.
func number(v float64) string {
	if math.Abs(v) >= 100 || v == math.Trunc(v) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// millis writes a duration in milliseconds.
func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if math.Abs(ms) >= 100 {
		return fmt.Sprintf("%.0f", ms)
	}
	return fmt.Sprintf("%.2f", ms)
}

// overRounds writes the median and, where there were several, all rounds.
func overRounds(values []float64, write func(float64) string) string {
	if len(values) == 0 {
		return "–"
	}
	text := write(median.Of(values))
	if len(values) == 1 {
		return text
	}
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = write(v)
	}
	return fmt.Sprintf("%s (%s)", text, strings.Join(all, ", "))
}
