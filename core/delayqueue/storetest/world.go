package storetest

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// The daemons of the suite. A test says which of them live.
const (
	alice = "alice"
	bob   = "bob"
)

// errStaged is what a statement is refused with where any error will do.
var errStaged = errors.New("refused by the test")

// world is a fixture with hands.
type world struct {
	*testing.T
	*Fixture
	ctx context.Context
}

// record is a row as it stands in the table, but for the times that nobody reads.
type record struct {
	ID                         uint64
	Name, Kind, Params, Result string
	Status                     core.DelayStatus
	Second, Ms                 int64 // exec_time, exec_ms
	Owner                      string
	Token                      uint64
	Attempts, MaxAttempts      int
	Rescues, Deaths            int
	DueAt, Start, End, LateMs  int64
}

func (w *world) table() []record {
	w.Helper()
	rows, err := sqldb.Collect(func(rows *sql.Rows) (r record, err error) {
		err = rows.Scan(&r.ID, &r.Name, &r.Kind, &r.Params, &r.Result, &r.Status, &r.Second, &r.Ms, &r.Owner, &r.Token,
			&r.Attempts, &r.MaxAttempts, &r.Rescues, &r.Deaths, &r.DueAt, &r.Start, &r.End, &r.LateMs)
		return r, err
	})(w.DB.QueryContext(w.ctx, "SELECT id, name, exec_cmd, params, result, status, exec_time, exec_ms, owner, token,"+
		" attempts, max_attempts, rescues, deaths, due_at, start_time, end_time, late_ms FROM delay_queue_log ORDER BY id"))
	require.NoError(w, err)
	return rows
}

func (w *world) row(id uint64) record {
	w.Helper()
	for _, r := range w.table() {
		if r.ID == id {
			return r
		}
	}
	require.Fail(w, "the row is gone", "id %d", id)
	return record{}
}

// exec runs a statement of the test's own.
func (w *world) exec(query string, args ...any) {
	w.Helper()
	_, err := w.DB.ExecContext(w.ctx, query, args...)
	require.NoError(w, err, query)
}

// set changes a row as a person with an SQL client does.
func (w *world) set(id uint64, assignments string, args ...any) {
	w.Helper()
	w.exec("UPDATE delay_queue_log SET "+assignments+" WHERE id = ?", append(args, id)...)
}

// seconds is the database's clock as Unix seconds.
func (w *world) seconds() int64 { return w.millis() / 1000 }

func (w *world) millis() int64 {
	w.Helper()
	micros, err := w.Peer.Now(w.ctx)
	require.NoError(w, err)
	return micros / 1000
}

// insert stores a waiting job by plain SQL, due the given seconds from now.
func (w *world) insert(kind string, seconds int64) uint64 {
	w.Helper()
	res, err := w.DB.ExecContext(w.ctx, "INSERT INTO delay_queue_log (name, exec_cmd, params, exec_time) VALUES ('', ?, 'p', ?)", kind, w.seconds()+seconds)
	require.NoError(w, err)
	id, err := res.LastInsertId()
	require.NoError(w, err)
	return uint64(id)
}

// due stores n jobs of the kind that are due at once.
func (w *world) due(kind string, n int) []uint64 {
	w.Helper()
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: kind, Params: "p", ExecTime: 1}
	}
	ids, err := idsFrom(w.Peer.Push(w.ctx, jobs))
	require.NoError(w, err)
	return ids
}

// idsFrom takes what Push returns.
func idsFrom(receipts []delayqueue.Receipt, err error) ([]uint64, error) {
	var ids []uint64
	for _, r := range receipts {
		ids = append(ids, r.ID)
	}
	return ids, err
}

// daemon enters a daemon in the table of daemons.
func (w *world) daemon(id string) {
	w.Helper()
	w.exec("INSERT INTO script_daemon (id, seq, kinds) VALUES (?, 1, '[]')", id)
}

// kill is the verdict on a daemon.
func (w *world) kill(id string) {
	w.Helper()
	w.exec("UPDATE script_daemon SET dead = 1 WHERE id = ?", id)
}

// newClaim is a claim that no other is equal to.
func newClaim(owner string) delayqueue.Claim {
	return delayqueue.Claim{Owner: owner, Token: rand.Uint64N(1<<63-1) + 1}
}

// claimBy claims all that is due of the kind through the given store.
func (w *world) claimBy(s delayqueue.Store, owner, kind string) []delayqueue.Held {
	w.Helper()
	rows, _, err := s.Claim(w.ctx, newClaim(owner), kind, 0, 1000)
	require.NoError(w, err)
	return heldOf(rows)
}

// running stores n due jobs of the kind k and lets owner claim them.
func (w *world) running(owner string, n int) []delayqueue.Held {
	w.Helper()
	w.due("k", n)
	held := w.claimBy(w.Peer, owner, "k")
	require.Len(w, held, n)
	return held
}

// started is running, with the start mark on each.
func (w *world) started(owner string, n int) []delayqueue.Held {
	w.Helper()
	held := w.running(owner, n)
	for _, h := range held {
		ok, err := w.Peer.MarkStarted(w.ctx, owner, h)
		require.NoError(w, err)
		require.True(w, ok)
	}
	return held
}

func (w *world) rescuePeer() delayqueue.Rescued {
	w.Helper()
	r, err := w.Peer.Rescue(w.ctx, 3, 1000)
	require.NoError(w, err)
	return r
}

func heldOf(rows []delayqueue.Row) []delayqueue.Held {
	held := make([]delayqueue.Held, len(rows))
	for i, r := range rows {
		held[i] = delayqueue.Held{ID: r.ID, Token: r.Token}
	}
	return held
}

func idsOf(rows []delayqueue.Row) []uint64 {
	ids := make([]uint64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids
}
