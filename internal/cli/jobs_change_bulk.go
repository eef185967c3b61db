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
// has said yes to the number. That may take minutes: what fits no longer then is left
// as it is, and what fits only then was not in the number.
func (p *program) changeDescribed(ctx context.Context, s session, c change, filters []inspect.Filter, yes bool) error {
	ids, leftOut, err := fitting(ctx, s, c, filters)
	if err != nil {
		return err
	}
	fmt.Fprint(p.Err, leftOut)
	ids = ids[:min(len(ids), maxListed)]
	if len(ids) == 0 {
		fmt.Fprintln(p.Out, "No such jobs.")
		return nil
	}
	more := len(ids) == maxListed
	if !yes {
		if err := p.confirm(fmt.Sprintf("%s to be %s. Go on?", plural(len(ids), "job"), c.past)); err != nil {
			return err
		}
		if ids, err = p.stillDescribed(ctx, s, c, filters, ids); err != nil {
			return err
		}
	}
	answers, err := c.apply(ctx, s, ids)
	p.tellAnswers(c, ids, answers)
	if err != nil {
		return err
	}
	if more {
		fmt.Fprintln(p.Err, "There may be more: run this again.")
	}
	return nil
}

// fitting lists the jobs that fit, each once, though its status may change between
// two questions. It says where it gave up looking for a text, and how many it left out
// because the original program may be running them: made to wait, they would run twice.
func fitting(ctx context.Context, s session, c change, filters []inspect.Filter) (ids []uint64, leftOut string, err error) {
	seen, ownerless := map[uint64]bool{}, 0
	for _, filter := range filters {
		list, err := inspect.New(s.db).List(ctx, filter)
		if err != nil {
			return nil, "", err
		}
		for _, j := range list.Jobs {
			switch {
			case seen[j.ID]:
			case c.daemons && j.Status == core.DelayRunning && j.Owner == "":
				ownerless++
			default:
				seen[j.ID] = true
				ids = append(ids, j.ID)
			}
		}
		if list.Searched > 0 {
			leftOut += fmt.Sprintf("Looked for the text in the first %d %s jobs only: narrow it down.\n", list.Searched, filter.Status)
		}
	}
	if ownerless > 0 {
		leftOut += fmt.Sprintf("%s that the original program runs, or did: left alone; name such a job by its id.\n", plural(ownerless, "running job"))
	}
	return ids, leftOut, nil
}

// stillDescribed returns those of the counted jobs that still fit, and says how many are
// left out. This list is as long as the first one at most: a job that others have pushed
// off its end meanwhile is left out too.
func (p *program) stillDescribed(ctx context.Context, s session, c change, filters []inspect.Filter, counted []uint64) ([]uint64, error) {
	now, _, err := fitting(ctx, s, c, filters)
	if err != nil {
		return nil, err
	}
	fits := make(map[uint64]bool, len(now))
	for _, id := range now {
		fits[id] = true
	}
	ids := slices.DeleteFunc(slices.Clone(counted), func(id uint64) bool { return !fits[id] })
	if n := len(counted) - len(ids); n > 0 {
		fmt.Fprintf(p.Out, "%s no longer found by the description: left alone\n", plural(n, "job"))
	}
	return ids, nil
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
