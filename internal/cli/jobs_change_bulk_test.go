package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// bulkTest is a description of jobs, and a person who is asked about them.
type bulkTest struct {
	*testing.T
	db  *sqldb.DB
	due int // Unix seconds, of all jobs at first, and the last that the description takes
	ids []uint64
	out bytes.Buffer
}

func eachBulkTest(t *testing.T, jobs int, f func(b *bulkTest)) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		b := &bulkTest{T: t, db: db, due: int(time.Now().Add(time.Hour).Unix())}
		b.ids = b.push(jobs)
		f(b)
	})
}

// push returns the ids of new jobs.
func (b *bulkTest) push(n int) (ids []uint64) {
	b.Helper()
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: "mail", ExecTime: b.due}
	}
	queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(b.db), nil })
	receipts, err := queue.PushEach(b.Context(), jobs)
	require.NoError(b, err)
	for _, r := range receipts {
		ids = append(ids, r.ID)
	}
	return ids
}

// asked is the person's side of the terminal: what happens while the person thinks, and yes.
type asked func()

func (a asked) Read(p []byte) (int, error) {
	a()
	return copy(p, "yes\n"), io.EOF
}

// change is one run of the command.
func (b *bulkTest) change(c change, thinking func(), statuses ...core.DelayStatus) {
	b.Helper()
	var filters []inspect.Filter
	for _, status := range statuses {
		filters = append(filters, inspect.Filter{Kind: "mail", Status: status, Until: int64(b.due), Limit: maxListed})
	}
	p := &program{IO: IO{In: asked(thinking), Out: &b.out, Err: &b.out, ErrTerminal: true}}
	require.NoError(b, p.changeDescribed(b.Context(), session{db: b.db}, c, filters, false))
}

func (b *bulkTest) exec(query string, args ...any) {
	b.Helper()
	_, err := b.db.ExecContext(b.Context(), query, args...)
	require.NoError(b, err)
}

// rows returns "id status" of each job, and the ids of those that a daemon was asked about.
func (b *bulkTest) rows() (jobs []string, requests []uint64) {
	b.Helper()
	jobs, err := sqldb.Column[string](b.db.QueryContext(b.Context(), "SELECT CONCAT(id, ' ', status) FROM delay_queue_log ORDER BY id"))
	require.NoError(b, err)
	requests, err = sqldb.Column[uint64](b.db.QueryContext(b.Context(), "SELECT job_id FROM script_delay_request ORDER BY job_id"))
	require.NoError(b, err)
	return jobs, requests
}

func cancelling() change {
	return change{past: "cancelled", apply: func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error) {
		return sqlstore.New(s.db).Cancel(ctx, ids, "cancelled by a person")
	}}
}

// start makes it look as if a daemon ran the first job.
func (b *bulkTest) start() {
	b.exec("UPDATE delay_queue_log SET status = 2, owner = 'daemon', token = 1 WHERE id = ?", b.ids[0])
}

func TestDescribedJobsThatFitNoLongerAreLeftAlone(t *testing.T) {
	eachBulkTest(t, 5, func(b *bulkTest) {
		b.change(cancelling(), func() {
			b.start()
			b.exec("UPDATE delay_queue_log SET exec_time = ? WHERE id = ?", b.due+1, b.ids[1])
			b.exec("DELETE FROM delay_queue_log WHERE id = ?", b.ids[2])
			b.push(1)
		}, core.DelayWaiting)
		jobs, requests := b.rows()
		require.Equal(b, []string{"1 2", "2 1", "4 6", "5 6", "6 1"}, jobs, "only what was counted and still fits is cancelled")
		require.Empty(b, requests, "no daemon is asked")
		require.Equal(b, "5 jobs to be cancelled. Go on? [y/N] 3 jobs no longer found by the description: left alone\n2 jobs: cancelled\n", b.out.String())
	})
}

func TestDescribedJobsThatFitInAnotherWayAreChanged(t *testing.T) {
	eachBulkTest(t, 3, func(b *bulkTest) {
		b.change(cancelling(), b.start, core.DelayWaiting, core.DelayHeld, core.DelayRunning)
		jobs, requests := b.rows()
		require.Equal(b, []string{"1 2", "2 6", "3 6"}, jobs)
		require.Equal(b, b.ids[:1], requests)
		require.NotContains(b, b.out.String(), "left alone")
	})
}

func TestDescribedJobsOfWhichNoneFitsAnyMore(t *testing.T) {
	eachBulkTest(t, 3, func(b *bulkTest) {
		b.change(cancelling(), func() { b.exec("UPDATE delay_queue_log SET exec_time = ?", b.due+1) }, core.DelayWaiting)
		jobs, _ := b.rows()
		require.Equal(b, []string{"1 1", "2 1", "3 1"}, jobs)
		require.Equal(b, "3 jobs to be cancelled. Go on? [y/N] 3 jobs no longer found by the description: left alone\n", b.out.String())
	})
}

// More jobs than one list takes: those of the list are changed, but for one, and it is
// said that there may be more.
func TestDescribedJobsInLargeNumbers(t *testing.T) {
	eachBulkTest(t, maxListed+50, func(b *bulkTest) {
		b.change(cancelling(), b.start, core.DelayWaiting)
		var cancelled int
		require.NoError(b, b.db.QueryRowContext(b.Context(), "SELECT COUNT(*) FROM delay_queue_log WHERE status = 6").Scan(&cancelled))
		require.Equal(b, maxListed-1, cancelled)
		require.Equal(b, fmt.Sprintf("%d jobs to be cancelled. Go on? [y/N] 1 job no longer found by the description: left alone\n"+
			"%d jobs: cancelled\nThere may be more: run this again.\n", maxListed, maxListed-1), b.out.String())
	})
}

// A person who says no, or nothing, changes nothing.
func TestDescribedJobsAreLeftWithoutAYes(t *testing.T) {
	eachBulkTest(t, 1, func(b *bulkTest) {
		p := &program{IO: IO{In: bytes.NewReader(nil), Out: &b.out, Err: &b.out, ErrTerminal: true}}
		filters := []inspect.Filter{{Kind: "mail", Status: core.DelayWaiting, Limit: maxListed}}
		err := p.changeDescribed(b.Context(), session{db: b.db}, cancelling(), filters, false)
		require.True(b, errors.Is(err, errNotConfirmed))
		jobs, _ := b.rows()
		require.Equal(b, []string{"1 1"}, jobs)
	})
}
