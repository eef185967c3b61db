package sqlstore_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/sqlfault"
)

// A claim has less time than its daemon may be silent: no statement may take longer,
// and the one that ends the turn comes last.
func TestEndOfATurnTakesNoTimeBeyondTheClaims(t *testing.T) {
	s, p := throughProxy(t)
	script := sqlfault.New(t)
	faulty := &sqldb.DB{DB: script.Over(s.pool.DB), Dialect: s.pool.Dialect}
	t.Cleanup(func() { require.NoError(t, faulty.Close()) })
	s.push("k", 2, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	script.After("SET status = 2", 1, cancel) // its time is over, with everything taken
	asked, release := p.Hold(with("RELEASE_LOCK("))
	defer release()
	c := claimOf("alice")
	_, _, err := sqlstore.New(faulty).Claim(ctx, c, "k", 0, 10)
	require.ErrorIs(t, err, context.Canceled)
	select {
	case <-asked:
		require.Fail(t, "the end of the turn was waited for")
	default:
	}
	rows, err := s.store.Claimed(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, rows, 2)

	other, err := s.db.Conn(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, other.Close()) })
	var mine int
	require.NoError(t, other.QueryRowContext(t.Context(),
		"SELECT GET_LOCK(CONCAT('simplest_script ', LEFT(SHA2(CONCAT(DATABASE(), ' ', 'k'), 256), 40)), 30)").Scan(&mine))
	require.Equal(t, 1, mine, "the turn ended with its connection")
}
