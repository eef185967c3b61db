package storetest

import (
	"database/sql"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
)

func turns() []behaviour {
	return []behaviour{
		{"claims take turns after they have collided", takeTurns},
		{"a halted daemon whose turn it is keeps nobody from claiming", haltedTurn},
		{"a server without locks keeps nobody from claiming", noTurns},
		{"a turn whose end is cut off ends with its connection", turnCutOff},
	}
}

const (
	askingTurn = "GET_LOCK("
	endingTurn = "RELEASE_LOCK("
	turnOfK    = "CONCAT('simplest_script ', LEFT(SHA2(CONCAT(DATABASE(), ' ', 'k'), 256), 40))"
)

// collide lets a claim of the store find that its peer was quicker.
func (w *world) collide() {
	w.Helper()
	if w.DB.Dialect == sqldb.SQLite {
		w.Skip("SQLite has one writer at a time, and no locks with names")
	}
	w.due("k", 1)
	w.Faults.Before(claiming, 1, func() { require.Len(w, w.claimBy(w.Peer, bob, "k"), 1) })
	require.Empty(w, w.claimBy(w.Store, alice, "k"))
}

// lockOfK asks something about the lock of the kind k on a connection of its own.
func (w *world) lockOfK(conn *sql.Conn, function string) bool {
	w.Helper()
	var answer sql.NullInt64
	require.NoError(w, conn.QueryRowContext(w.ctx, "SELECT "+function).Scan(&answer))
	return answer.Int64 == 1
}

func (w *world) another() *sql.Conn {
	w.Helper()
	conn, err := w.DB.Conn(w.ctx)
	require.NoError(w, err)
	w.Cleanup(func() { require.NoError(w, conn.Close()) })
	return conn
}

func takeTurns(w *world) {
	w.collide()
	w.due("k", 2)
	other := w.another()
	w.Faults.Before(claiming, 1, func() {
		require.False(w, w.lockOfK(other, "IS_FREE_LOCK("+turnOfK+")"), "it is this claim's turn")
	})
	require.Len(w, w.claimBy(w.Store, alice, "k"), 2)
	require.True(w, w.lockOfK(other, "IS_FREE_LOCK("+turnOfK+")"))
}

func haltedTurn(w *world) {
	w.collide()
	halted := w.another()
	require.True(w, w.lockOfK(halted, "GET_LOCK("+turnOfK+", 0)"))
	for range 3 {
		w.due("k", 2)
		require.Len(w, w.claimBy(w.Store, alice, "k"), 2)
	}
	require.True(w, w.lockOfK(halted, "RELEASE_LOCK("+turnOfK+")"))
}

func noTurns(w *world) {
	w.collide()
	w.due("k", 2)
	w.Faults.Refuse(askingTurn, 1, errStaged)
	require.Len(w, w.claimBy(w.Store, alice, "k"), 2)
}

func turnCutOff(w *world) {
	w.collide()
	w.due("k", 2)
	w.Faults.Lost(endingTurn, 1)
	require.Len(w, w.claimBy(w.Store, alice, "k"), 2)
	require.True(w, w.lockOfK(w.another(), "GET_LOCK("+turnOfK+", 60)"))
}
