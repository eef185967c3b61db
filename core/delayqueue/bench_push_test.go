package delayqueue_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// BenchmarkBulkPush compares pushes of 1000 jobs with what stores such rows and tells
// nobody their ids: one autocommitted INSERT. They take turns batch by batch, each on a
// database of its own, because what else the machine does weighs more than their difference.
//
// Profiled, the time goes into parsing the statement: columns left out where they have
// their default, and numbers instead of arguments, were worth more than fewer round trips.
func BenchmarkBulkPush(b *testing.B) {
	pushers := []struct {
		name  string
		batch func(db *sqldb.DB, from int)
	}{
		{"floor", func(db *sqldb.DB, from int) { require.NoError(b, floorInsert(b, db, from, floorBatch)) }},
		{"push", func(db *sqldb.DB, from int) { bulkPush(b, db, from, false) }},
		{"push with keys", func(db *sqldb.DB, from int) { bulkPush(b, db, from, true) }},
	}
	dbs := make([]*sqldb.DB, len(pushers))
	took := make([][]time.Duration, len(pushers))
	for i := range pushers {
		dbs[i] = dbtest.New(b, sqldb.MySQL)
	}
	for from := 0; from < benchJobs; from += floorBatch {
		for i, p := range pushers {
			began := time.Now()
			p.batch(dbs[i], from)
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i, p := range pushers {
		slices.Sort(took[i])
		quarter, half := len(took[i])/4, len(took[i])/2
		b.Logf("%-14s median %8v, of the floor %.2f; best quarter %8v, of the floor %.2f", p.name,
			took[i][half], float64(took[0][half])/float64(took[i][half]), took[i][quarter], float64(took[0][quarter])/float64(took[i][quarter]))
	}
}

func bulkPush(b *testing.B, db *sqldb.DB, from int, keys bool) {
	jobs := make([]core.DelayQueuePushParams, floorBatch)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{Name: "bench", ExecCmd: "bench", Params: strconv.Itoa(from + i)}
		if keys {
			jobs[i].UniqueKey = strconv.Itoa(from + i)
		}
	}
	receipts, err := sqlstore.New(db).Push(b.Context(), jobs)
	require.NoError(b, err)
	require.Len(b, receipts, floorBatch)
}
