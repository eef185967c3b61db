package inspect

import (
	"cmp"
	"context"
	"slices"

	"simplest_script/core"
)

// ListArchived returns archived jobs, the newest first.
//
// They lie by id, and in an index by kind and status: a kind is found however many others
// there are, and a question about one without a status becomes one for each status.
// Whatever else the filter asks for, and a status without a kind, is looked for in the
// newest 10,000 of each such question, and Searched tells where there are more.
func (i *Inspector) ListArchived(ctx context.Context, f Filter) (Listing, error) {
	var all Listing
	for _, w := range i.archiveWalks(f) {
		if err := i.walk(ctx, w, f.Limit, &all); err != nil {
			return all, err
		}
	}
	slices.SortFunc(all.Jobs, func(a, b Job) int { return cmp.Compare(b.ID, a.ID) })
	all.Jobs = all.Jobs[:min(len(all.Jobs), f.Limit)]
	return all, nil
}

func (i *Inspector) archiveWalks(f Filter) []walk {
	w := walk{table: archive, from: i.byID(archive), condition: "id > 0", order: "id DESC"}
	w.search, w.values = i.searching(f)
	if f.Since != 0 {
		w.searchFor("exec_time >= ?", f.Since)
	}
	if f.Until != 0 {
		w.searchFor("exec_time <= ?", f.Until)
	}
	if f.Kind == "" {
		if f.Status != 0 {
			w.searchFor("status = ?", f.Status)
		}
		return []walk{w}
	}
	statuses := []core.DelayStatus{f.Status}
	if f.Status == 0 {
		statuses = finalStatuses() // no others are archived
	}
	w.from, w.condition = archive+" "+i.useIndex(archive, "kind"), "exec_cmd = ? AND status = ?"
	walks := make([]walk, len(statuses))
	for n, status := range statuses {
		walks[n] = w
		walks[n].args = []any{f.Kind, status}
	}
	return walks
}

func finalStatuses() []core.DelayStatus {
	return slices.DeleteFunc(core.DelayStatuses(), func(s core.DelayStatus) bool { return !s.Final() })
}
