package delayqueue_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// patience bounds every wait of these tests; nothing asserts how long things take.
const patience = 30 * time.Second

// rig is one daemon's delay queue on a database of the test's own.
type rig struct {
	t      *testing.T
	db     *sqldb.DB
	reg    *core.Registry
	cfg    delayqueue.Config
	log    *zap.Logger
	wrap   func(delayqueue.Store) delayqueue.Store // may be nil
	events chan delayqueue.Event
	seen   []delayqueue.Event // taken from events, and not yet awaited

	engine   *delayqueue.Engine
	stop     context.CancelFunc // ends intake
	cutOff   context.CancelFunc // ends work
	endLease context.CancelFunc
	ended    chan error
}

// eachDatabase runs f on every database that there is.
func eachDatabase(t *testing.T, f func(r *rig)) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		f(&rig{
			t: t, db: db, reg: core.NewRegistry(), log: zap.NewNop(), events: make(chan delayqueue.Event, 100_000),
			cfg: delayqueue.Config{Scan: 50 * time.Millisecond, UnknownAfter: 300 * time.Millisecond},
		})
	})
}

func (r *rig) handle(kind string, f func(ctx context.Context, t *core.Task) error, opts ...core.Option) {
	r.reg.Add(kind, core.HandlerFunc(f), opts...)
}

// start runs the daemon until the test ends, or until it is stopped.
func (r *rig) start() {
	r.t.Helper()
	r.startAs(r.reg.Names())
	r.t.Cleanup(func() {
		r.cutOff()
		_ = r.shutDown() // the test has looked at it, or does not care
	})
}

// startAs announces other kinds than there are handlers for.
func (r *rig) startAs(kinds []string) {
	leaseCtx, endLease := context.WithCancel(context.Background())
	keeper := lease.New(lease.Config{Beat: 100 * time.Millisecond, Stop: 5 * time.Second, Verdict: 7 * time.Second, Scan: 100 * time.Millisecond},
		func(context.Context) (lease.Store, error) { return lease.NewSQLStore(r.db), nil },
		lease.Identity{Host: "here", PID: 1, Kinds: kinds}, clock.System{}, r.log)
	leaseEnded := make(chan struct{})
	go func() {
		defer close(leaseEnded)
		_ = keeper.Run(leaseCtx)
	}()

	open := func(context.Context) (delayqueue.Store, error) {
		store := sqlstore.New(r.db)
		if r.wrap == nil {
			return store, nil
		}
		return r.wrap(store), nil
	}
	r.engine = delayqueue.NewEngine(r.cfg, r.reg, open, keeper, clock.System{}, r.log, func(e delayqueue.Event) { r.events <- e })
	intake, stop := context.WithCancel(context.Background())
	work, cutOff := context.WithCancel(context.Background())
	r.stop, r.cutOff, r.ended = stop, cutOff, make(chan error, 1)
	go func() { r.ended <- r.engine.Run(intake, work) }()
	r.endLease = func() { endLease(); <-leaseEnded }
}

// shutDown stops the daemon as SIGTERM does and returns what Run returned.
func (r *rig) shutDown() error {
	r.stop()
	select {
	case err, open := <-r.ended:
		if open {
			close(r.ended)
			r.endLease()
		}
		return err
	case <-time.After(patience):
		r.t.Fatal("the engine did not stop")
		return nil
	}
}

func (r *rig) push(jobs ...core.DelayQueuePushParams) []uint64 {
	r.t.Helper()
	ids, err := r.engine.Queue().PushContext(r.t.Context(), jobs)
	require.NoError(r.t, err)
	require.Len(r.t, ids, len(jobs))
	return ids
}

// await waits for an event of a job, 0 meaning any.
func (r *rig) await(typ delayqueue.EventType, id uint64) delayqueue.Event {
	r.t.Helper()
	wanted := func(e delayqueue.Event) bool { return e.Type == typ && (id == 0 || e.ID == id) }
	if i := slices.IndexFunc(r.seen, wanted); i >= 0 {
		e := r.seen[i]
		r.seen = slices.Delete(r.seen, i, i+1)
		return e
	}
	deadline := time.After(patience)
	for {
		select {
		case e := <-r.events:
			if wanted(e) {
				return e
			}
			r.seen = append(r.seen, e)
		case <-deadline:
			r.t.Fatalf("no event %q of job %d", typ, id)
		}
	}
}

// row is what a test looks at in delay_queue_log.
type row struct {
	status                       core.DelayStatus
	result, owner                string
	attempts, execMs             int
	execTime, dueAt, start, late int64
}

func (r *rig) row(id uint64) (x row) {
	r.t.Helper()
	err := r.db.QueryRowContext(r.t.Context(), "SELECT status, result, owner, attempts, exec_time, exec_ms, due_at, start_time, late_ms FROM delay_queue_log WHERE id = ?", id).
		Scan(&x.status, &x.result, &x.owner, &x.attempts, &x.execTime, &x.execMs, &x.dueAt, &x.start, &x.late)
	require.NoError(r.t, err)
	return x
}

func (r *rig) count(condition string) (n int) {
	r.t.Helper()
	require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), "SELECT COUNT(*) FROM delay_queue_log WHERE "+condition).Scan(&n))
	return n
}

func TestJobRunsWhenItIsDueAndNeverBefore(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var early atomic.Int64
		r.handle("order_close", func(ctx context.Context, task *core.Task) error {
			var now int64
			if err := r.db.QueryRowContext(ctx, "SELECT "+r.db.Dialect.NowMillis()).Scan(&now); err != nil {
				return err
			}
			if now < task.DueAt.UnixMilli() {
				early.Add(1)
			}
			return task.SetResult(map[string]string{"closed": string(task.Payload)})
		})
		r.start()
		var jobs []core.DelayQueuePushParams
		for i := range 50 {
			jobs = append(jobs, core.DelayQueuePushParams{Name: "close", ExecCmd: "order_close", Params: "A1", DelayMs: int64(i * 7)})
		}
		for _, id := range r.push(jobs...) {
			r.await(delayqueue.Done, id)
			got := r.row(id)
			require.Equal(r.t, core.DelayDone, got.status)
			require.JSONEq(r.t, `{"closed":"A1"}`, got.result)
			require.Equal(r.t, 1, got.attempts)
			require.GreaterOrEqual(r.t, got.start, got.execTime*1000+int64(got.execMs))
			require.Zero(r.t, got.dueAt, "it was never moved")
		}
		require.Zero(r.t, early.Load())
	})
}

func TestPlainInsertIsAPush(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("order_close", func(_ context.Context, task *core.Task) error { return task.SetResult(string(task.Payload)) })
		r.start()
		_, err := r.db.ExecContext(r.t.Context(), "INSERT INTO delay_queue_log (name, exec_cmd, params, exec_time) VALUES ('订单', 'order_close', 'x', ?)", time.Now().Unix())
		require.NoError(r.t, err)
		done := r.await(delayqueue.Done, 0)
		require.Equal(r.t, "订单", done.Name)
		require.Equal(r.t, `"x"`, r.row(done.ID).result)
	})
}

// The original had no retry: an error was the end of a job.
func TestFailedJobIsTriedAgainAndKeepsItsFirstDueTime(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var ids []string
		r.handle("flaky", func(_ context.Context, task *core.Task) error {
			ids = append(ids, task.ID)
			if task.Attempt < 3 {
				return fmt.Errorf("attempt %d of %d", task.Attempt, task.MaxAttempts)
			}
			return nil
		}, core.Concurrency(1), core.Backoff(func(int) time.Duration { return 20 * time.Millisecond }))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "flaky", MaxAttempts: 4})[0]
		first := r.await(delayqueue.Retried, id)
		require.Equal(r.t, "attempt 1 of 4", first.Reason)
		r.await(delayqueue.Done, id)
		got := r.row(id)
		require.Equal(r.t, 3, got.attempts)
		require.Equal(r.t, first.Due.UnixMilli(), got.dueAt)
		require.Greater(r.t, got.execTime*1000+int64(got.execMs), got.dueAt)
		require.Equal(r.t, []string{ids[0], ids[0], ids[0]}, ids, "the id is the same each time")
	})
}

func TestJobFailsForGood(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		quick := core.Backoff(func(int) time.Duration { return time.Millisecond })
		r.handle("hopeless", func(context.Context, *core.Task) error { return errors.New("still busy") }, core.MaxAttempts(2), quick)
		r.handle("pointless", func(context.Context, *core.Task) error {
			return fmt.Errorf("no such order: %w", core.ErrSkipRetry)
		})
		// The original had no recover: a panic ended the daemon.
		r.handle("panics", func(context.Context, *core.Task) error { panic("index out of range") }, core.MaxAttempts(1))
		r.start()
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "hopeless"}, core.DelayQueuePushParams{ExecCmd: "pointless"}, core.DelayQueuePushParams{ExecCmd: "panics"})
		for range ids {
			r.await(delayqueue.Failed, 0)
		}
		for i, want := range []string{"still busy", "no such order: not to be retried", "panic: index out of range"} {
			got := r.row(ids[i])
			require.Equal(r.t, core.DelayFailed, got.status)
			require.Equal(r.t, want, got.result)
		}
		require.Equal(r.t, 2, r.row(ids[0]).attempts)
		require.Equal(r.t, 1, r.row(ids[1]).attempts)
	})
}

func TestTimeoutIsAFailedAttempt(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("slow", func(ctx context.Context, _ *core.Task) error { <-ctx.Done(); return ctx.Err() },
			core.Timeout(20*time.Millisecond), core.MaxAttempts(1))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "slow"})[0]
		r.await(delayqueue.Failed, id)
		require.Contains(r.t, r.row(id).result, "handler timeout after 20ms")
	})
}

// In the original an unknown command crashed the program.
func TestKindThatNobodyKnowsFailsWithAReason(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("known", func(context.Context, *core.Task) error { return nil })
		r.startAs([]string{"known", "comes_with_the_next_release"})
		r.t.Cleanup(func() { r.cutOff(); _ = r.shutDown() })
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "unkown"}, core.DelayQueuePushParams{ExecCmd: "comes_with_the_next_release"}, core.DelayQueuePushParams{ExecCmd: "unkown", DelayTime: 3600})
		require.Eventually(r.t, func() bool { return r.row(ids[0]).status == core.DelayFailed }, patience, 10*time.Millisecond)
		require.Contains(r.t, r.row(ids[0]).result, `no running daemon has a handler named "unkown"`)
		require.Equal(r.t, core.DelayWaiting, r.row(ids[1]).status, "another daemon has announced it")
		require.Equal(r.t, core.DelayWaiting, r.row(ids[2]).status, "it is not due yet")
	})
}

func TestSlowKindKeepsNoOtherFromRunning(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		release := make(chan struct{})
		var running, most atomic.Int64
		r.handle("slow", func(context.Context, *core.Task) error {
			now := running.Add(1)
			defer running.Add(-1)
			for {
				seen := most.Load()
				if now <= seen || most.CompareAndSwap(seen, now) {
					break
				}
			}
			<-release
			return nil
		}, core.Concurrency(3))
		r.handle("quick", func(context.Context, *core.Task) error { return nil })
		r.start()
		slow := make([]core.DelayQueuePushParams, 1000)
		for i := range slow {
			slow[i] = core.DelayQueuePushParams{ExecCmd: "slow"}
		}
		r.push(slow...)
		r.await(delayqueue.Started, 0)
		for range 20 {
			r.await(delayqueue.Done, r.push(core.DelayQueuePushParams{ExecCmd: "quick"})[0])
		}
		// The original had no limit: everything that was due was loaded and started. What
		// was claimed before it was known how slow the kind is goes back to where other
		// daemons can take it.
		require.Eventually(r.t, func() bool { return r.count("status = 2 AND exec_cmd = 'slow'") <= 3*20+3 }, patience, 10*time.Millisecond)
		close(release)
		for range slow {
			r.await(delayqueue.Done, 0)
		}
		require.LessOrEqual(r.t, most.Load(), int64(3))
	})
}

func TestResultTooLongIsCutAndKeptWhole(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		long := strings.Repeat("结果🙂", 400)
		r.handle("long", func(_ context.Context, task *core.Task) error { return task.SetResult(long) })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "long"})[0]
		r.await(delayqueue.Done, id)
		require.Equal(r.t, 500, len([]rune(r.row(id).result)))
		var whole string
		require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), "SELECT result FROM script_delay_result WHERE job_id = ?", id).Scan(&whole))
		require.Equal(r.t, `"`+long+`"`, whole)
	})
}

// The original had no shutdown at all.
func TestStopFinishesWhatRunsAndFreesWhatDoesNot(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		// Two more for each slot are in hand however long its handlers take. Of what was
		// claimed above that, before it was known, some may have been given back already.
		const slots, atLeast, jobs = 50, 2 * 50, 1050
		finish := make(chan struct{})
		r.handle("work", func(ctx context.Context, _ *core.Task) error {
			select {
			case <-finish:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}, core.Concurrency(slots))
		r.start()
		r.push(slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, jobs)...)
		for range slots {
			r.await(delayqueue.Started, 0)
		}
		require.Eventually(r.t, func() bool { return r.count("status = 2") >= slots+atLeast }, patience, 10*time.Millisecond)

		r.stop()
		require.Eventually(r.t, func() bool { return r.count("status = 1 AND owner = ''") == jobs-slots }, patience, 10*time.Millisecond,
			"what was only claimed is free for others while the rest still runs")
		close(finish)
		require.NoError(r.t, r.shutDown())
		require.Equal(r.t, slots, r.count("status = 3 AND attempts = 1"))
		require.Equal(r.t, jobs-slots, r.count("status = 1 AND attempts = 0"))
	})
}

func TestHandlerThatOutlivesTheDrainIsCutOffAndRunsAgain(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var cause atomic.Value
		r.handle("endless", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			cause.Store(context.Cause(ctx))
			return ctx.Err()
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "endless"})[0]
		r.await(delayqueue.Started, id)
		r.stop()
		r.cutOff()
		require.ErrorContains(r.t, r.shutDown(), "1 handlers cancelled")
		require.ErrorIs(r.t, cause.Load().(error), core.ErrDrain)
		got := r.row(id)
		require.Equal(r.t, core.DelayWaiting, got.status, "free for another daemon")
		require.Zero(r.t, got.attempts, "a drain is not an attempt")
	})
}

func TestWhoWasDeclaredDeadCannotOverwriteItsSuccessor(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var first sync.Once
		lost, finish := make(chan error, 1), make(chan struct{})
		r.handle("work", func(ctx context.Context, task *core.Task) error {
			late := false
			first.Do(func() { late = true })
			if !late {
				return task.SetResult("successor")
			}
			<-ctx.Done()
			lost <- context.Cause(ctx)
			<-finish
			return task.SetResult("too late") // a handler that does not listen to its context
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "work"})[0]
		r.await(delayqueue.Started, id)
		_, err := r.db.ExecContext(r.t.Context(), "UPDATE script_daemon SET dead = 1, why = 'declared by the test' WHERE dead = 0")
		require.NoError(r.t, err)

		require.ErrorIs(r.t, <-lost, core.ErrLeaseLost)
		r.await(delayqueue.Done, id)
		close(finish)
		r.await(delayqueue.Discarded, id)
		require.Equal(r.t, `"successor"`, r.row(id).result)
	})
}

// aheadAtFirst is a store that tells the first lease of each job that it falls due an
// hour later than it does. The first lease has them in hand then as long as it takes
// to end it, and starts none.
type aheadAtFirst struct {
	delayqueue.Store
	first string // of the claimer's goroutine alone
}

func (s *aheadAtFirst) Claim(ctx context.Context, c delayqueue.Claim, kind string, ahead time.Duration, limit int) ([]delayqueue.Row, bool, error) {
	s.first = cmp.Or(s.first, c.Owner)
	rows, more, err := s.Store.Claim(ctx, c, kind, ahead, limit)
	for i := range rows {
		if c.Owner == s.first {
			rows[i].Due += time.Hour.Milliseconds()
		}
	}
	return rows, more, err
}

func TestUnstartedJobsOfALostLeaseRunUnderTheNext(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.wrap = func(s delayqueue.Store) delayqueue.Store { return &aheadAtFirst{Store: s} }
		r.handle("work", func(context.Context, *core.Task) error { return nil })
		r.start()
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 100)
		r.push(jobs...)
		require.Eventually(r.t, func() bool { return r.count("status = 2") == len(jobs) }, patience, 5*time.Millisecond, "claimed ahead of time")
		_, err := r.db.ExecContext(r.t.Context(), "UPDATE script_daemon SET dead = 1 WHERE dead = 0")
		require.NoError(r.t, err)
		for range jobs {
			r.await(delayqueue.Done, 0)
		}
		require.Equal(r.t, len(jobs), r.count("status = 3 AND rescues > 0 AND deaths = 0 AND attempts = 1"))
	})
}

func TestDefaultQueue(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		_, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{ExecCmd: "x"}})
		require.ErrorContains(r.t, err, "no delay queue in this process")

		delayqueue.SetDefault(delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil }))
		defer delayqueue.SetDefault(nil)
		// The original's Push dropped the name and every error.
		ids, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{Name: "测试", ExecCmd: "x", Params: "{}", DelayTime: 60}})
		require.NoError(r.t, err)
		require.Len(r.t, ids, 1)
		require.Equal(r.t, 1, r.count("name = '测试' AND status = 1"))
		_, err = delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{}})
		require.ErrorIs(r.t, err, core.ErrInvalidPush)
		ids, err = delayqueue.NewDelayQueue().Push(nil)
		require.NoError(r.t, err)
		require.Empty(r.t, ids)
	})
}

// typedNil is the commonest mistake with errors: a nil pointer in an error that is
// not nil. Reading it panics.
type typedNil struct{ text string }

func (e *typedNil) Error() string { return e.text }

func TestErrorThatPanicsWhenItIsReadIsAFailedAttempt(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("typed_nil", func(context.Context, *core.Task) error {
			var err *typedNil
			return err
		}, core.MaxAttempts(1))
		once := func(_ context.Context, task *core.Task) error {
			if task.Attempt == 1 {
				return errors.New("once")
			}
			return nil
		}
		r.handle("bad_backoff", once, core.Backoff(func(int) time.Duration { panic("no such attempt") }))
		r.handle("goexit_backoff", once, core.Backoff(func(int) time.Duration { runtime.Goexit(); return 0 }))
		r.handle("goexit", func(context.Context, *core.Task) error { runtime.Goexit(); return nil }, core.MaxAttempts(1), core.Concurrency(1))
		r.start()
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "typed_nil"}, core.DelayQueuePushParams{ExecCmd: "goexit"},
			core.DelayQueuePushParams{ExecCmd: "goexit"}, core.DelayQueuePushParams{ExecCmd: "bad_backoff"}, core.DelayQueuePushParams{ExecCmd: "goexit_backoff"})
		for _, id := range ids[:3] {
			r.await(delayqueue.Failed, id)
		}
		require.Contains(r.t, r.row(ids[0]).result, "that panics when it is read")
		require.Contains(r.t, r.row(ids[2]).result, "runtime.Goexit", "the slot was given back for the second one")
		r.await(delayqueue.Retried, ids[3])
		r.await(delayqueue.Retried, ids[4])
	})
}

func TestKindWrittenDifferentlyIsNotStuck(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("order_close", func(context.Context, *core.Task) error { return nil })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "Order_Close"})[0]
		// The database says whether the two are the same: MySQL mostly does, SQLite does not.
		require.Eventually(r.t, func() bool { return r.row(id).status.Final() }, patience, 10*time.Millisecond)
	})
}

func TestRowThatSomebodyHoldsKeepsNoOtherFromRunning(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		if r.db.Dialect == sqldb.SQLite {
			return // it has one lock for all
		}
		r.handle("work", func(context.Context, *core.Task) error { return nil })
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 20)
		jobs[7].DelayTime = 3600
		queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil })
		ids, err := queue.PushContext(r.t.Context(), jobs)
		require.NoError(r.t, err)
		tx, err := r.db.BeginTx(r.t.Context(), nil)
		require.NoError(r.t, err)
		_, err = tx.ExecContext(r.t.Context(), "SELECT 1 FROM delay_queue_log WHERE id = ? FOR UPDATE", ids[3])
		require.NoError(r.t, err)
		r.start() // not before the row is held: it would be claimed
		for range 18 {
			require.NotEqual(r.t, ids[3], r.await(delayqueue.Done, 0).ID)
		}
		require.NoError(r.t, tx.Rollback())
		r.await(delayqueue.Done, ids[3])
	})
}

func TestRefusedUpdatesAreNoBusyLoop(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		if r.db.Dialect == sqldb.SQLite {
			return // its triggers abort with an error that is tried again as a conflict
		}
		r.handle("work", func(context.Context, *core.Task) error { return nil }, core.Concurrency(1))
		r.start()
		r.refuseUpdates()
		began := time.Now()
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 100)
		r.push(jobs...)
		// Each pause between two tries is twice as long as the one before, and the first
		// takes at least 25 ms. The push may cut one short. A slow machine needs longer.
		const tries, least = 7, (1 + 2 + 4 + 8 + 16) * 25 * time.Millisecond
		require.Eventually(r.t, func() bool { return r.refusals() >= tries }, patience, 10*time.Millisecond, "it is tried again")
		require.GreaterOrEqual(r.t, time.Since(began), least, "%d updates were sent", r.refusals())
		require.Equal(r.t, len(jobs), r.count("status = 1"))
		_, err := r.db.ExecContext(r.t.Context(), "DROP TRIGGER refuse")
		require.NoError(r.t, err)
		for range jobs {
			r.await(delayqueue.Done, 0)
		}
	})
}

// refuseUpdates lets a trigger refuse every update of a job, and count the statements.
// What they are counted in knows no transactions, or their refusal would undo it.
func (r *rig) refuseUpdates() {
	r.t.Helper()
	for _, statement := range []string{
		"CREATE TABLE refusals (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE = MyISAM",
		"CREATE TRIGGER refuse BEFORE UPDATE ON delay_queue_log FOR EACH ROW BEGIN" +
			" INSERT INTO refusals VALUES (); SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'; END",
	} {
		_, err := r.db.ExecContext(r.t.Context(), statement)
		require.NoError(r.t, err)
	}
}

// refusals returns how many updates of jobs have been refused.
func (r *rig) refusals() (n int) {
	r.t.Helper()
	require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), "SELECT COUNT(*) FROM refusals").Scan(&n))
	return n
}
