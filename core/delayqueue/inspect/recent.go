package inspect

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
)

// Recent is what became of the jobs of one kind in the last minute, hour or day,
// in all daemons. Rates and latenesses are those of whole minutes and hours, so
// that a window begins up to one of them earlier.
type Recent struct {
	Kind string

	Done, Failed, Retried, Skipped, Cancelled uint64

	P50, P99, Max time.Duration // start against due time
}

// Window is a stretch of time up to now.
type Window int

// The windows.
const (
	LastMinute Window = iota
	LastHour
	LastDay
)

// String names the window for people.
func (w Window) String() string { return [...]string{"minute", "hour", "day"}[w] }

// spans returns which rows a window that ends at the given second is made of.
func (w Window) spans(second int64) (minutes int, since int64) {
	switch w {
	case LastMinute:
		return 1, second - second%60 - 60
	case LastHour:
		return 1, second - second%60 - 3600
	}
	return 60, second - second%3600 - 86400
}

// Recent sums up the statistics that the daemons have written, by kind. What has
// happened in the last seconds is not in them yet.
func (i *Inspector) Recent(ctx context.Context, w Window) ([]Recent, error) {
	micros, err := sqlstore.New(i.db).Now(ctx)
	if err != nil {
		return nil, err
	}
	minutes, since := w.spans(micros / 1e6)
	rows, err := sqldb.Collect(scanStatistic)(i.db.QueryContext(ctx, "SELECT exec_cmd, done, failed, retried, skipped, cancelled, late_max, late"+
		" FROM script_delay_stat "+i.useIndex("script_delay_stat", "at")+" WHERE minutes = ? AND at >= ?", minutes, since))
	if err != nil {
		return nil, fmt.Errorf("reading the statistics of the last %s: %w", w, err)
	}
	return sumUp(rows)
}

func scanStatistic(rows *sql.Rows) (s delayqueue.Statistic, err error) {
	var late int64
	err = rows.Scan(&s.Kind, &s.Done, &s.Failed, &s.Retried, &s.Skipped, &s.Cancelled, &late, &s.Late)
	s.LateMax = time.Duration(late) * time.Millisecond
	return s, err
}

func sumUp(rows []delayqueue.Statistic) ([]Recent, error) {
	sums, lates := map[string]*Recent{}, map[string]*delayqueue.Histogram{}
	for _, row := range rows {
		r, h := sums[row.Kind], lates[row.Kind]
		if r == nil {
			r, h = &Recent{Kind: row.Kind}, &delayqueue.Histogram{}
			sums[row.Kind], lates[row.Kind] = r, h
		}
		r.Done += row.Done
		r.Failed += row.Failed
		r.Retried += row.Retried
		r.Skipped += row.Skipped
		r.Cancelled += row.Cancelled
		r.Max = max(r.Max, row.LateMax)
		if err := h.Merge(row.Late); err != nil {
			return nil, fmt.Errorf("statistics of %s: %w", row.Kind, err)
		}
	}
	var out []Recent
	for _, kind := range slices.Sorted(maps.Keys(sums)) {
		r := sums[kind]
		most := r.Max + time.Millisecond // it is stored in whole milliseconds
		r.P50, r.P99 = min(lates[kind].Quantile(0.5), most), min(lates[kind].Quantile(0.99), most)
		r.Max = max(r.Max, r.P99)
		out = append(out, *r)
	}
	return out, nil
}

// Old counts the jobs of a status that were due, and came to an end, before the Unix
// second, and may be retired; CountMost means that many or more.
func (i *Inspector) Old(ctx context.Context, status core.DelayStatus, before int64) (int, error) {
	n, err := i.count(ctx, "delay_queue_log "+sqlstore.ByStatusIndex(i.db.Dialect)+" WHERE status = ? AND exec_time < ? AND "+sqlstore.Retirable(i.db.Dialect),
		[]any{status, before, before * 1000}, CountMost)
	if err != nil {
		return 0, fmt.Errorf("counting old %s jobs: %w", status, err)
	}
	return n, nil
}
