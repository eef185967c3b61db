package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
)

// filters returns one question for each status that the change is about.
func (f changeFlags) filter(s session, c change) ([]inspect.Filter, error) {
	status, err := parseStatus(f.status)
	if err != nil {
		return nil, err
	}
	statuses := c.of
	if status != 0 {
		if !slices.Contains(c.of, status) {
			return nil, fmt.Errorf("%s jobs cannot be %s", status, c.past)
		}
		statuses = []core.DelayStatus{status}
	}
	filter := inspect.Filter{Kind: f.kind, Text: f.text, Key: f.key, Limit: maxListed}
	if err := f.bounds(&filter, s.Config.Location); err != nil {
		return nil, err
	}
	var filters []inspect.Filter
	for _, status := range statuses {
		filter.Status = status
		filters = append(filters, filter)
	}
	return filters, nil
}

// changeDescribed changes what fits the description, up to a limit, once a person
// has said yes to the number.
func (p *program) changeDescribed(ctx context.Context, s session, c change, filters []inspect.Filter, yes bool) error {
	var ids []uint64
	for _, filter := range filters {
		list, err := inspect.New(s.db).List(ctx, filter)
		if err != nil {
			return err
		}
		for _, j := range list.Jobs {
			ids = append(ids, j.ID)
		}
		if list.Searched > 0 {
			fmt.Fprintf(p.Err, "Looked for the text in the first %d %s jobs only: narrow it down.\n", list.Searched, filter.Status)
		}
	}
	ids = ids[:min(len(ids), maxListed)]
	if len(ids) == 0 {
		fmt.Fprintln(p.Out, "No such jobs.")
		return nil
	}
	if !yes {
		if err := p.confirm(fmt.Sprintf("%s to be %s. Go on?", plural(len(ids), "job"), c.past)); err != nil {
			return err
		}
	}
	answers, err := c.apply(ctx, s, ids)
	p.tellAnswers(c, ids, answers)
	if err != nil {
		return err
	}
	if len(ids) == maxListed {
		fmt.Fprintln(p.Err, "There may be more: run this again.")
	}
	return nil
}

// tellAnswers counts the answers.
func (p *program) tellAnswers(c change, ids []uint64, answers map[uint64]delayqueue.Answer) {
	counts := map[delayqueue.Answer]int{}
	for _, id := range ids {
		counts[answers[id]]++
	}
	for _, a := range []delayqueue.Answer{delayqueue.Changed, delayqueue.Requested, delayqueue.Ended, delayqueue.Unfinished, delayqueue.KeyTaken, delayqueue.NotFound} {
		if n := counts[a]; n > 0 {
			fmt.Fprintf(p.Out, "%s: %s\n", plural(n, "job"), c.says(a))
		}
	}
}

// errNotConfirmed ends a command that a person did not want after all.
var errNotConfirmed = errors.New("nothing was changed")

// confirm asks a person, and takes nothing but yes for it.
func (p *program) confirm(question string) error {
	if !p.ErrTerminal {
		return fmt.Errorf("%s There is nobody to ask: say --yes; %w", question, errNotConfirmed)
	}
	fmt.Fprint(p.Err, question+" [y/N] ")
	line, err := bufio.NewReader(p.In).ReadString('\n')
	if answer := strings.ToLower(strings.TrimSpace(line)); answer == "y" || answer == "yes" {
		return nil
	}
	if err != nil {
		fmt.Fprintln(p.Err)
	}
	return errNotConfirmed
}
