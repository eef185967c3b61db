package delayqueue_test

import (
	"context"
	"slices"
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
