package audit

import (
	"maps"
	"slices"

	"simplest_script/core"
)

// pushes looks for jobs that were lost, and for jobs that nobody asked for.
func (x *examination) pushes() {
	rows := map[string][]Job{}
	for _, j := range x.Jobs {
		rows[j.Name] = append(rows[j.Name], j)
	}
	for _, p := range x.Pushes {
		if p.Keys != nil {
			x.keyed(p)
			continue
		}
		stored := 0
		for i, name := range p.Names {
			found := rows[name]
			delete(rows, name)
			stored += min(len(found), 1)
			x.row(p, i, name, found)
		}
		x.report.count(p, stored)
	}
	x.keys(rows)
	x.successors(rows)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		x.report.fault("the row of %s was pushed by nobody", name)
	}
}

// row looks at what became of one pushed name.
func (x *examination) row(p Push, i int, name string, found []Job) {
	switch {
	case len(found) > 1:
		x.report.fault("%s was pushed once and stored %d times", name, len(found))
	case len(found) == 0 && p.Outcome == Confirmed:
		x.report.Lost++
		x.report.fault("%s was confirmed and is not there", name)
	case len(found) == 1 && p.Outcome.Nothing():
		x.report.fault("%s is there although its push said that nothing was stored", name)
	case len(found) == 1 && p.IDs != nil && p.IDs[i] != found[0].ID:
		x.report.fault("the push of %s answered the id %d, its row has %d", name, p.IDs[i], found[0].ID)
	case len(found) == 1:
		x.end(name, found[0])
	}
}

func (x *examination) end(name string, j Job) {
	switch status := core.DelayStatus(j.Status); {
	case status == core.DelayDone:
		x.report.Done++
	case status == core.DelayFailed:
		x.report.Failed++
	case status == core.DelayCancelled && x.asked[j.ID]:
		x.report.Cancelled++
	case status == core.DelaySkipped && j.MaxLate > 0 && j.LateMs >= j.MaxLate: // what the row has is rounded down
		x.report.Skipped++
	case status == core.DelayCancelled, status == core.DelaySkipped:
		x.report.fault("%s (job %d) is %s for no reason: %d ms late of at most %d", name, j.ID, status, j.LateMs, j.MaxLate)
	default:
		x.report.Lost++
		x.report.fault("%s (job %d) did not come to an end: %s, owner %q", name, j.ID, status, j.Owner)
	}
}

// key is what all pushes with one unique key amount to.
type key struct {
	names   map[string]PushOutcome
	answers []uint64 // ids that confirmed pushes answered
	sure    bool     // one was confirmed
}

func (x *examination) keyed(p Push) {
	for i, name := range p.Names {
		k := x.byKey[p.Keys[i]]
		if k == nil {
			k = &key{names: map[string]PushOutcome{}}
			x.byKey[p.Keys[i]] = k
		}
		k.names[name] = p.Outcome
		if p.Outcome == Confirmed {
			k.sure = true
			k.answers = append(k.answers, p.IDs[i])
		}
	}
}

// keys checks that each unique key has one row, whoever pushed it first.
func (x *examination) keys(rows map[string][]Job) {
	stored := map[string][]Job{}
	for _, j := range x.Jobs {
		if _, known := x.byKey[j.Key]; known {
			stored[j.Key] = append(stored[j.Key], j)
			delete(rows, j.Name)
		}
	}
	for _, text := range slices.Sorted(maps.Keys(x.byKey)) {
		k, found := x.byKey[text], stored[text]
		switch {
		case len(found) > 1:
			x.report.fault("the unique key %s is in %d rows", text, len(found))
		case len(found) == 0 && k.sure:
			x.report.Lost++
			x.report.fault("the key %s was confirmed and is not there", text)
		case len(found) == 0:
		default:
			x.keyRow(text, k, found[0])
		}
	}
}

func (x *examination) keyRow(text string, k *key, j Job) {
	x.report.Keys++
	x.report.Merged += len(k.names) - 1
	if outcome, known := k.names[j.Name]; !known || outcome.Nothing() {
		x.report.fault("the row of the key %s has the name %s, whose push was not stored", text, j.Name)
	}
	for _, id := range k.answers {
		if id != j.ID {
			x.report.fault("a push of the key %s answered the id %d, its row has %d", text, id, j.ID)
		}
	}
	x.end(j.Name, j)
}

// successors checks that each done job of the chained kind has one successor, and
// each other one none.
func (x *examination) successors(rows map[string][]Job) {
	for _, j := range x.Jobs {
		if j.Kind != x.Chain || x.Chain == "" {
			continue
		}
		next := Next(j.Name)
		found := rows[next]
		delete(rows, next)
		want := 0
		if core.DelayStatus(j.Status) == core.DelayDone {
			want = 1
		}
		if len(found) != want {
			x.report.Lost += max(want-len(found), 0)
			x.report.fault("%s (job %d) is %s and has %d successors", j.Name, j.ID, core.DelayStatus(j.Status), len(found))
		}
		for _, s := range found {
			x.report.Successors++
			x.end(s.Name, s)
		}
	}
}
