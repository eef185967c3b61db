package sqlfault_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const insert = "INSERT INTO t VALUES (?)"

// open returns a script, a pool under it, and a pool that looks at the same table.
func open(t *testing.T) (*sqlfault.Script, *sqldb.DB, *sql.DB) {
	plain := dbtest.Empty(t, sqldb.SQLite)
	_, err := plain.Exec("CREATE TABLE t (v int)")
	require.NoError(t, err)
	s := sqlfault.New(t)
	db := s.Over(plain.DB)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return s, &sqldb.DB{DB: db, Dialect: sqldb.SQLite}, plain.DB
}

func stored(t *testing.T, db *sql.DB) []int {
	got, err := sqldb.Column[int](db.Query("SELECT v FROM t ORDER BY v"))
	require.NoError(t, err)
	return got
}

func TestOtherStatementsPass(t *testing.T) {
	s, db, plain := open(t)
	s.Refuse("INSERT", 3, errors.New("the third"))
	for v := range 4 {
		_, err := db.Exec(insert, v)
		require.Equal(t, v == 2, err != nil)
	}
	require.Equal(t, []int{0, 1, 3}, stored(t, plain))
	require.NoError(t, db.InTx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(insert, 4)
		return err
	}))
	require.Equal(t, []int{0, 1, 3, 4}, stored(t, plain))
}

func TestBeforeAndAfter(t *testing.T) {
	s, db, plain := open(t)
	s.Before("INSERT", 1, func() { require.Empty(t, stored(t, plain)) })
	s.After("INSERT", 2, func() { require.Equal(t, []int{1, 2}, stored(t, plain)) })
	for v := range 2 {
		_, err := db.Exec(insert, v+1)
		require.NoError(t, err)
	}
}

func TestCutReply(t *testing.T) {
	t.Run("of a statement", func(t *testing.T) {
		s, db, plain := open(t)
		s.CutReply("INSERT", 1)
		_, err := db.Exec(insert, 1)
		require.ErrorIs(t, err, sqlfault.ErrCut)
		require.True(t, sqldb.Away(err))
		require.Equal(t, []int{1}, stored(t, plain), "it took effect, once")
	})
	t.Run("of a query", func(t *testing.T) {
		s, db, _ := open(t)
		s.CutReply("SELECT", 1)
		_, err := sqldb.Column[int](db.Query("SELECT 1"))
		require.ErrorIs(t, err, sqlfault.ErrCut)
	})
	t.Run("of a commit", func(t *testing.T) {
		s, db, plain := open(t)
		s.CutReply("COMMIT", 1)
		err := db.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(insert, 1)
			return err
		})
		require.ErrorIs(t, err, sqlfault.ErrCut)
		require.Equal(t, []int{1}, stored(t, plain))
	})
	t.Run("in a transaction", func(t *testing.T) {
		s, db, plain := open(t)
		s.CutReply("INSERT", 1)
		tx, err := db.Begin()
		require.NoError(t, err)
		_, err = tx.Exec(insert, 1)
		require.ErrorIs(t, err, sqlfault.ErrCut)
		_, err = tx.Exec(insert, 2)
		require.ErrorIs(t, err, driver.ErrBadConn, "nothing gets through any more")
		require.Error(t, tx.Commit())
		require.Empty(t, stored(t, plain), "the server rolled back")
	})
}

func TestUnsent(t *testing.T) {
	s, db, plain := open(t)
	s.Unsent("COMMIT", 1)
	err := db.InTx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(insert, 1)
		return err
	})
	require.ErrorIs(t, err, driver.ErrBadConn)
	require.Empty(t, stored(t, plain))
}

func TestLost(t *testing.T) {
	s, db, plain := open(t)
	s.Lost("COMMIT", 1)
	err := db.InTx(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(insert, 1)
		return err
	})
	require.ErrorIs(t, err, sqlfault.ErrCut)
	require.Empty(t, stored(t, plain))
}

func TestDeadlockRollsBackAndLeavesTheConnectionWithoutATransaction(t *testing.T) {
	s, db, plain := open(t)
	s.Deadlock("INSERT", 2)
	tx, err := db.Begin()
	require.NoError(t, err)
	_, err = tx.Exec(insert, 1)
	require.NoError(t, err)
	_, err = tx.Exec(insert, 2)
	require.True(t, sqldb.Conflict(err), "%v", err)
	_, err = tx.Exec(insert, 3)
	require.NoError(t, err)
	_ = tx.Rollback() // which of the two it does is the driver's business
	require.Equal(t, []int{3}, stored(t, plain), "what repeats the statement alone runs outside of any transaction")
}

func TestLate(t *testing.T) {
	t.Run("takes effect when released", func(t *testing.T) {
		s, db, plain := open(t)
		release := s.Late("INSERT", 1)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := db.ExecContext(ctx, insert, 1)
		require.ErrorIs(t, err, sqlfault.ErrCut)
		cancel()
		require.Empty(t, stored(t, plain))
		_, err = db.Exec(insert, 2)
		require.NoError(t, err, "another connection works meanwhile")
		require.NoError(t, release())
		require.Equal(t, []int{1, 2}, stored(t, plain))
	})
	t.Run("a commit", func(t *testing.T) {
		s, db, plain := open(t)
		release := s.Late("COMMIT", 1)
		require.ErrorIs(t, db.InTx(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(insert, 1)
			return err
		}), sqlfault.ErrCut)
		require.Empty(t, stored(t, plain))
		require.NoError(t, release())
		require.Equal(t, []int{1}, stored(t, plain))
	})
	t.Run("never, where the test ends first", func(t *testing.T) {
		s, db, plain := open(t)
		s.Late("INSERT", 1)
		_, err := db.Exec(insert, 1)
		require.ErrorIs(t, err, sqlfault.ErrCut)
		require.Empty(t, stored(t, plain))
	})
}

func TestRecord(t *testing.T) {
	s, db, _ := open(t)
	seen := s.Record("INSERT", 1)
	_, err := db.Exec(insert, 7)
	require.NoError(t, err)
	require.Equal(t, sqlfault.Statement{Query: insert, Args: []any{int64(7)}}, *seen)
}

// failures is a testing.TB that notes what would fail the test.
type failures struct {
	testing.TB
	cleanups []func()
	errors   []string
}

func (f *failures) Cleanup(c func()) { f.cleanups = append(f.cleanups, c) }
func (f *failures) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}

func TestAFaultThatNeverStruckFailsTheTest(t *testing.T) {
	f := &failures{TB: t}
	sqlfault.New(f).Refuse("DELETE", 1, errors.ErrUnsupported)
	for _, c := range f.cleanups {
		c()
	}
	require.Equal(t, []string{`no statement was struck: number 1 of those with "DELETE"`}, f.errors)
}
