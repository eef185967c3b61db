package delayqueue_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// BenchmarkBulkPush compares pushes of 1000 jobs with what stores the same rows and
// tells nobody their ids: one autocommitted INSERT for each 1000.
func BenchmarkBulkPush(b *testing.B) {
	plain := func(int) core.DelayQueuePushParams { return core.DelayQueuePushParams{} }
	withKey := func(i int) core.DelayQueuePushParams { return core.DelayQueuePushParams{UniqueKey: strconv.Itoa(i)} }
	inTurns(b,
		contender{"floor", floorPush},
		contender{"push", func(b *testing.B, db *sqldb.DB) float64 { return bulkPush(b, db, plain) }},
		contender{"with keys", func(b *testing.B, db *sqldb.DB) float64 { return bulkPush(b, db, withKey) }},
	)
}

func floorPush(b *testing.B, db *sqldb.DB) float64 {
	began := time.Now()
	for from := 0; from < benchJobs; from += floorBatch {
		require.NoError(b, floorInsert(b, db, from, floorBatch))
	}
	return perSecond(b, db, began)
}

func bulkPush(b *testing.B, db *sqldb.DB, job func(i int) core.DelayQueuePushParams) float64 {
	store := delayqueue.NewSQLStore(db)
	began := time.Now()
	for from := 0; from < benchJobs; from += floorBatch {
		jobs := make([]core.DelayQueuePushParams, floorBatch)
		for i := range jobs {
			jobs[i] = job(from + i)
			jobs[i].Name, jobs[i].ExecCmd, jobs[i].Params = "bench", "bench", strconv.Itoa(from+i)
		}
		_, err := store.Push(b.Context(), jobs)
		require.NoError(b, err)
	}
	return perSecond(b, db, began)
}

// perSecond makes sure that all jobs are there.
func perSecond(b *testing.B, db *sqldb.DB, began time.Time) float64 {
	took := time.Since(began)
	var n int
	require.NoError(b, db.QueryRow("SELECT COUNT(*) FROM delay_queue_log").Scan(&n))
	require.Equal(b, benchJobs, n)
	return float64(benchJobs) / took.Seconds()
}
