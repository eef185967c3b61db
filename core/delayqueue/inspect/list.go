package inspect

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

// Filter says which jobs to list. Its zero value asks for the newest.
type Filter struct {
	Kind   string           // exec_cmd; empty: any
	Status core.DelayStatus // 0: any
	Since  int64            // due from this Unix second on; 0: any
	Until  int64            // due up to this Unix second; 0: any
	Text   string           // in the name or the params, in upper or lower case; empty: any
	Key    string           // the unique key; empty: any. With a Kind its holder is found wherever it lies
	Limit  int              // of the list
}

// Listing is an answer to a Filter.
type Listing struct {
	Jobs []Job
	// Searched is not 0 where looking for what no index helps with, such as a text, was
	// given up after that many jobs.
	Searched int
}

// List returns jobs in one of three orders: the newest first where nothing but a
// text is asked for, waiting jobs as they fall due, all others from the latest due
// time back.
//
// Rows lie by status, kind and due time in one index, by status and due time in
// another, and by id. A question without a status becomes one for each status.
// Each of them reads no more rows than the list is long; with a text, no more than
// a fixed number.
func (i *Inspector) List(ctx context.Context, f Filter) (Listing, error) {
	var all Listing
	for _, w := range i.walks(f) {
		w.search, w.values = i.searching(f)
		if err := i.walk(ctx, w, f.Limit, &all); err != nil {
			return all, err
		}
	}
	if err := i.addHolder(ctx, f, &all); err != nil {
		return all, err
	}
	if f.byIndex() {
		slices.SortFunc(all.Jobs, func(a, b Job) int {
			if f.Status == core.DelayWaiting {
				a, b = b, a
			}
			return cmp.Or(cmp.Compare(b.Due, a.Due), cmp.Compare(b.ID, a.ID))
		})
	}
	all.Jobs = all.Jobs[:min(len(all.Jobs), f.Limit)]
	return all, nil
}

// addHolder adds the job that holds the key, which the search may not have come to.
func (i *Inspector) addHolder(ctx context.Context, f Filter, l *Listing) error {
	if f.Kind == "" || f.Key == "" || f.Text != "" {
		return nil
	}
	jobs, err := i.read(ctx, queued, queued+" WHERE unique_hash = ?", delayqueue.UniqueHash(f.Kind, f.Key))
	if err != nil || len(jobs) == 0 {
		return err
	}
	j, second := jobs[0], jobs[0].Due/1000
	known := slices.ContainsFunc(l.Jobs, func(other Job) bool { return other.ID == j.ID })
	if !known && (f.Status == 0 || f.Status == j.Status) && (f.Since == 0 || f.Since <= second) && (f.Until == 0 || second <= f.Until) {
		l.Jobs = append(l.Jobs, j)
	}
	return nil
}

// byIndex tells whether the filter asks for anything that an index begins with.
func (f Filter) byIndex() bool {
	return f.Kind != "" || f.Status != 0 || f.Since != 0 || f.Until != 0
}

func (i *Inspector) walks(f Filter) []walk {
	if !f.byIndex() {
		return []walk{{table: "delay_queue_log", from: i.byID("delay_queue_log"), condition: "id > 0", order: "id DESC"}}
	}
	statuses := []core.DelayStatus{f.Status}
	if f.Status == 0 {
		statuses = core.DelayStatuses()
	}
	walks := make([]walk, len(statuses))
	for n, status := range statuses {
		walks[n] = i.byStatus(f, status)
	}
	return walks
}

func (i *Inspector) byStatus(f Filter, status core.DelayStatus) walk {
	w := walk{
		table:     "delay_queue_log",
		from:      "delay_queue_log " + i.db.Dialect.UseIndex(sqlstore.ClaimIndex),
		condition: "status = ?",
		order:     "exec_time DESC, exec_ms DESC, id DESC",
		args:      []any{status},
	}
	add := func(condition string, arg any) {
		w.condition += " AND " + condition
		w.args = append(w.args, arg)
	}
	if f.Kind != "" {
		add("exec_cmd = ?", f.Kind)
	} else {
		w.from, w.order = "delay_queue_log "+sqlstore.ByStatusIndex(i.db.Dialect), "exec_time DESC, id DESC"
	}
	if f.Since != 0 {
		add("exec_time >= ?", f.Since)
	}
	if f.Until != 0 {
		add("exec_time <= ?", f.Until)
	}
	if f.Status == core.DelayWaiting {
		w.order = strings.ReplaceAll(w.order, " DESC", "")
	}
	return w
}

// searching are the conditions that no index helps with.
func (i *Inspector) searching(f Filter) (conditions []string, args []any) {
	if f.Text != "" {
		text := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(f.Text) + "%"
		conditions = append(conditions, "(name LIKE ? ESCAPE '!' OR params LIKE ? ESCAPE '!')")
		args = append(args, text, text)
	}
	if f.Key != "" {
		conditions = append(conditions, i.db.Dialect.Exactly("unique_key"))
		args = append(args, f.Key)
	}
	return conditions, args
}
