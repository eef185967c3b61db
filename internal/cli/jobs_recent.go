package cli

import (
	"context"
	"fmt"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
)

// window is what became of jobs in a stretch of time.
type window struct {
	inspect.Window
	kinds []inspect.Recent
}

type windows []window

func (s session) windows(ctx context.Context) (all windows, err error) {
	i := inspect.New(s.db)
	for _, w := range []inspect.Window{inspect.LastMinute, inspect.LastHour, inspect.LastDay} {
		kinds, err := i.Recent(ctx, w)
		if err != nil {
			return nil, err
		}
		all = append(all, window{w, kinds})
	}
	return all, nil
}

type windowJSON struct {
	Last      string  `json:"last"` // minute, hour or day
	ExecCmd   string  `json:"exec_cmd"`
	Done      uint64  `json:"done"`
	Failed    uint64  `json:"failed"`
	Retried   uint64  `json:"retried"`
	Skipped   uint64  `json:"skipped"`
	Cancelled uint64  `json:"cancelled"`
	LateP50   float64 `json:"late_p50_ms"`
	LateP99   float64 `json:"late_p99_ms"`
	LateMax   float64 `json:"late_max_ms"`
}

func (w windows) json() []windowJSON {
	out := []windowJSON{}
	for _, window := range w {
		for _, k := range window.kinds {
			out = append(out, windowJSON{window.String(), k.Kind, k.Done, k.Failed, k.Retried, k.Skipped, k.Cancelled,
				tenths(k.P50), tenths(k.P99), tenths(k.Max)})
		}
	}
	return out
}

// tenths is a duration in milliseconds, to a tenth.
func tenths(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

func (p *program) printWindows(w windows) {
	g := p.newGrid("LAST", "KIND", ">DONE", ">FAILED", ">RETRIED", ">SKIPPED", ">CANCELLED", ">LATE P50", ">LATE P99", ">MAX LATE")
	any := false
	for _, window := range w {
		for _, k := range window.kinds {
			g.row(window.String(), k.Kind, k.Done, k.Failed, k.Retried, k.Skipped, k.Cancelled, about(k.P50), about(k.P99), about(k.Max))
			any = true
		}
	}
	if any {
		fmt.Fprintln(p.Out)
		g.print(p.Out, "")
	}
}

func pausedJSON(paused []delayqueue.Paused) []string {
	kinds := []string{}
	for _, pause := range paused {
		kinds = append(kinds, pause.Kind)
	}
	return kinds
}

func (p *program) printPaused(paused []delayqueue.Paused) {
	for _, pause := range paused {
		line := "Paused: " + pause.Kind
		if pause.Reason != "" {
			line += ", " + pause.Reason
		}
		fmt.Fprintln(p.Out, visible(line))
	}
}
