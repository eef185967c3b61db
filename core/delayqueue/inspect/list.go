package inspect

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

// searched is how many jobs are looked through for a text: no index helps there.
const searched = 10_000

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
	// Searched is not 0 where looking for the text was given up after that many jobs.
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
		jobs, err := i.walk(ctx, f, w)
		if err != nil {
			return all, err
		}
		all.Jobs = append(all.Jobs, jobs...)
		if f.searches() && len(jobs) < f.Limit {
			more, err := i.count(ctx, w.from+" WHERE "+w.condition, w.args, searched+1)
			if err != nil {
				return all, fmt.Errorf("counting the jobs that were looked through: %w", err)
			}
			if more > searched {
				all.Searched = searched
			}
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

// searches tells whether rows have to be looked through: no index helps there.
func (f Filter) searches() bool { return f.Text != "" || f.Key != "" }

// addHolder adds the job that holds the key, which the search may not have come to.
func (i *Inspector) addHolder(ctx context.Context, f Filter, l *Listing) error {
	if f.Kind == "" || f.Key == "" || f.Text != "" {
		return nil
	}
	jobs, err := i.read(ctx, "delay_queue_log WHERE unique_hash = ?", delayqueue.UniqueHash(f.Kind, f.Key))
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

// walk is a way along an index.
type walk struct {
	from, condition, order string
	args                   []any
}

func (i *Inspector) walks(f Filter) []walk {
	if !f.byIndex() {
		return []walk{{from: "delay_queue_log", condition: "id > 0", order: "id DESC"}}
	}
	statuses := []core.DelayStatus{f.Status}
	if f.Status == 0 {
		statuses = []core.DelayStatus{core.DelayWaiting, core.DelayRunning, core.DelayDone, core.DelayFailed,
			core.DelayHeld, core.DelayCancelled, core.DelaySkipped}
	}
	walks := make([]walk, len(statuses))
	for n, status := range statuses {
		walks[n] = i.byStatus(f, status)
	}
	return walks
}

func (i *Inspector) byStatus(f Filter, status core.DelayStatus) walk {
	w := walk{
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

// walk reads up to f.Limit jobs. For a text or a key it reads the ids of a fixed number
// of rows along the index, and then looks at those rows only.
func (i *Inspector) walk(ctx context.Context, f Filter, w walk) ([]Job, error) {
	if !f.searches() {
		return i.read(ctx, w.from+" WHERE "+w.condition+" ORDER BY "+w.order+" LIMIT ?", append(w.args, f.Limit)...)
	}
	few := "(SELECT id AS few_id FROM " + w.from + " WHERE " + w.condition + " ORDER BY " + w.order + " LIMIT ?) few"
	args := append(slices.Clone(w.args), searched)
	conditions, values := i.searching(f)
	args = append(args, values...)
	return i.read(ctx, few+" JOIN delay_queue_log ON id = few_id WHERE "+strings.Join(conditions, " AND ")+
		" ORDER BY "+w.order+" LIMIT ?", append(args, f.Limit)...)
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

// count counts rows of a walk, and stops at most.
func (i *Inspector) count(ctx context.Context, rows string, args []any, most int) (n int, err error) {
	err = i.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+rows+" LIMIT ?) few", append(slices.Clone(args), most)...).Scan(&n)
	return n, err
}
