package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// statisticsOf stores n statistics of spans of so many minutes, one after the other
// from the Unix second on.
func (s *storeTest) statisticsOf(minutes, n int, second int64) {
	s.Helper()
	rows := make([]delayqueue.Statistic, n)
	for i := range rows {
		rows[i] = delayqueue.Statistic{Kind: "k", Minutes: minutes, At: second + int64(i*minutes*60), Late: []byte{}}
	}
	require.NoError(s, s.store.WriteStatistics(s.Context(), "alice", rows))
}

// places are the lengths and beginnings of the statistics that are there.
func (s *storeTest) places() []int64 {
	s.Helper()
	places, err := sqldb.Column[int64](s.db.QueryContext(s.Context(), "SELECT at * 100 + minutes FROM script_delay_stat ORDER BY at, minutes"))
	require.NoError(s, err)
	return places
}

func TestOldStatisticsGoABoundedNumberAtATimeTheOldestFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newStoreTest(t, db)
		const old, before, limit = 25, 600_000, 10
		s.statisticsOf(1, old, before-60*old)
		s.statisticsOf(1, 2, before)
		s.statisticsOf(60, 1, before-3600)
		hour, minutes := s.places()[:1], s.places()[1:]
		require.EqualValues(t, (before-3600)*100+60, hour[0])
		for _, goes := range []int{limit, limit, old - 2*limit, 0} {
			n, err := s.store.PurgeStatistics(t.Context(), 1, before, limit)
			require.NoError(t, err)
			require.Equal(t, goes, n)
			minutes = minutes[goes:]
			require.Equal(t, append(hour, minutes...), s.places())
		}
		require.Equal(t, []int64{before*100 + 1, (before+60)*100 + 1}, minutes)
	})
}

// Each row that goes is read once, however many others are old, or are kept.
func TestPurgeOfStatisticsReadsOnlyWhatGoes(t *testing.T) {
	for name, old := range map[string]int{"a few": 1500, "nearly all": 16_000} {
		t.Run(name, func(t *testing.T) {
			s := onMySQL(t)
			s.exec("INSERT INTO script_delay_stat (exec_cmd, minutes, at, owner, late) VALUES ('k', 1, 0, 'alice', '')")
			for n := 1; n < 1<<14; n *= 2 {
				s.exec("INSERT INTO script_delay_stat (exec_cmd, minutes, at, owner, late) SELECT exec_cmd, minutes, at + ?, owner, late FROM script_delay_stat", n)
			}
			s.exec("ANALYZE TABLE script_delay_stat")
			s.pool.SetMaxOpenConns(1) // one session, whose reads are counted
			before, idle := s.reads(), s.reads()
			for n := delayqueue.RowsPerRetire; n == delayqueue.RowsPerRetire; {
				var err error
				n, err = s.store.PurgeStatistics(t.Context(), 1, int64(old), delayqueue.RowsPerRetire)
				require.NoError(t, err)
			}
			require.LessOrEqual(t, s.reads()-idle-(idle-before), 2*old+100)
			require.Len(t, s.places(), 1<<14-old)
		})
	}
}
