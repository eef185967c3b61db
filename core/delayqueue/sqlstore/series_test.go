package sqlstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

func jobsOf(n int) []core.DelayQueuePushParams {
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: "mail", DelayTime: 60}
	}
	return jobs
}

// seriesTest is a series that was begun with the mark a.
type seriesTest struct {
	*sqlstore.Series
	faults *sqlfault.Script // strike its statements
	db     *sqldb.DB
}

func newSeriesTest(t *testing.T, db *sqldb.DB) *seriesTest {
	script := sqlfault.New(t)
	pool := script.Over(db.DB)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	s := &seriesTest{sqlstore.NewSeries(&sqldb.DB{DB: pool, Dialect: db.Dialect}, "s1"), script, db}
	require.NoError(t, s.Begin(t.Context(), "a"))
	return s
}

func (s *seriesTest) requireMark(t *testing.T, want string) {
	t.Helper()
	mark, known, err := s.Mark(t.Context())
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, want, mark)
}

func (s *seriesTest) requireJobs(t *testing.T, want int) {
	t.Helper()
	var n int
	require.NoError(t, s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM delay_queue_log").Scan(&n))
	require.Equal(t, want, n)
}

func TestSeriesMovesItsMarkWithTheJobs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSeriesTest(t, db)
		ids, err := s.Push(t.Context(), "a", "b", jobsOf(3))
		require.NoError(t, err)
		require.Len(t, ids, 3)
		s.requireMark(t, "b")

		require.NoError(t, s.Begin(t.Context(), "a"))
		s.requireMark(t, "b")

		require.NoError(t, s.End(t.Context()))
		require.NoError(t, s.End(t.Context()))
		_, known, err := s.Mark(t.Context())
		require.NoError(t, err)
		require.False(t, known)
		s.requireJobs(t, 3)
	})
}

func TestSeriesPushesNothingFromAnotherMark(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSeriesTest(t, db)
		_, err := s.Push(t.Context(), "a", "b", jobsOf(3))
		require.NoError(t, err)
		_, err = s.Push(t.Context(), "a", "b", jobsOf(3))
		require.ErrorIs(t, err, sqlstore.ErrMarkMoved)
		s.requireJobs(t, 3)
	})
}

func TestSeriesRefusesAllForOneBadJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSeriesTest(t, db)
		_, err := s.Push(t.Context(), "a", "b", append(jobsOf(2), core.DelayQueuePushParams{}))
		require.ErrorIs(t, err, core.ErrInvalidPush)
		require.ErrorContains(t, err, "row 2")
		s.requireMark(t, "a")
		s.requireJobs(t, 0)
	})
}

func TestSeriesKnowsWhatBecameOfACommitWithoutAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSeriesTest(t, db)
		s.faults.CutReply("COMMIT", 1)
		_, err := s.Push(t.Context(), "a", "b", jobsOf(3))
		require.ErrorIs(t, err, core.ErrUnknownOutcome)
		s.requireMark(t, "b")
		s.requireJobs(t, 3)
	})
}

func TestSeriesThatWasCutBeforeItsCommitHasPushedNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newSeriesTest(t, db)
		s.faults.CutReply("INSERT INTO delay_queue_log", 1)
		_, err := s.Push(t.Context(), "a", "b", jobsOf(3))
		require.Error(t, err)
		require.NotErrorIs(t, err, core.ErrUnknownOutcome)
		s.requireMark(t, "a")
		s.requireJobs(t, 0)
	})
}

// The commit of a client that is gone takes effect only after somebody asked for
// the mark: he has to wait for it, or would push the jobs again.
func TestMarkWaitsForACommitUnderWay(t *testing.T) {
	s := newSeriesTest(t, dbtest.New(t, sqldb.MySQL))
	release := s.faults.Late("COMMIT", 1)
	_, err := s.Push(t.Context(), "a", "b", jobsOf(3))
	require.ErrorIs(t, err, core.ErrUnknownOutcome)

	answer := make(chan string)
	go func() {
		mark, _, err := sqlstore.NewSeries(s.db, "s1").Mark(t.Context())
		if err != nil {
			mark = err.Error()
		}
		answer <- mark
	}()
	require.Eventually(t, func() bool {
		var n int
		err := s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM information_schema.innodb_trx x"+
			" JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id"+
			" WHERE p.db = DATABASE() AND x.trx_state = 'LOCK WAIT'").Scan(&n)
		return err == nil && n > 0
	}, 20*time.Second, 250*time.Millisecond, "the other one does not wait") // innodb_trx stays as it is while it is read more often
	require.NoError(t, release())
	require.Equal(t, "b", <-answer)
}
