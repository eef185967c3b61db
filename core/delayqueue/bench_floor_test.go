package delayqueue_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
)

// floorBatch is how many rows a statement of the floor has.
const floorBatch = 1000

// floorCycle is the fewest statements that could do it: three goroutines insert,
// claim and complete in batches, and hand ids from one to the next.
func floorCycle(b *testing.B, db *sqldb.DB) float64 {
	pushed := make(chan int, benchJobs)
	claimed := make(chan []any, benchJobs)
	failed := make(chan error, 3)
	began := time.Now()
	go func() {
		defer close(pushed)
		for from := 0; from < benchJobs; from += floorBatch {
			if err := floorInsert(b, db, from, min(floorBatch, benchJobs-from)); err != nil {
				failed <- err
				return
			}
			pushed <- from
		}
		failed <- nil
	}()
	go func() {
		defer close(claimed)
		for range pushed {
			ids, err := floorClaim(b, db)
			if err != nil {
				failed <- err
				return
			}
			claimed <- ids
		}
		failed <- nil
	}()
	done := 0
	go func() {
		for ids := range claimed {
			if err := floorComplete(b, db, ids); err != nil {
				failed <- err
				return
			}
			done += len(ids)
		}
		failed <- nil
	}()
	for range 3 {
		require.NoError(b, <-failed)
	}
	took := time.Since(began)
	require.Equal(b, benchJobs, done)
	return float64(benchJobs) / took.Seconds()
}

func floorInsert(b *testing.B, db *sqldb.DB, from, n int) error {
	args := make([]any, 0, 2*n)
	for i := range n {
		args = append(args, strconv.Itoa(from+i), time.Now().Unix())
	}
	row := "('bench', 'bench', ?, 1, ?, NOW(), NOW())"
	_, err := db.ExecContext(b.Context(), "INSERT INTO delay_queue_log (name, exec_cmd, params, status, exec_time, create_time, update_time) VALUES "+
		row+strings.Repeat(","+row, n-1), args...)
	return err
}

func floorClaim(b *testing.B, db *sqldb.DB) ([]any, error) {
	rows, err := db.QueryContext(b.Context(), "SELECT id, params FROM delay_queue_log FORCE INDEX (script_claim) WHERE status = 1 AND exec_cmd = 'bench' AND exec_time <= UNIX_TIMESTAMP() + 1 ORDER BY exec_time, exec_ms LIMIT ?", floorBatch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []any
	for rows.Next() {
		var id uint64
		var params string
		if err := rows.Scan(&id, &params); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	_, err = db.ExecContext(b.Context(), "UPDATE delay_queue_log SET status = 2, owner = 'me', token = 1, update_time = NOW() WHERE id IN ("+sqldb.Placeholders(len(ids))+") AND status = 1", ids...)
	return ids, err
}

func floorComplete(b *testing.B, db *sqldb.DB, ids []any) error {
	now := time.Now().UnixMilli()
	args := append([]any{now, now}, ids...)
	_, err := db.ExecContext(b.Context(), "UPDATE delay_queue_log SET status = 3, attempts = 1, start_time = ?, end_time = ?, update_time = NOW() WHERE id IN ("+
		sqldb.Placeholders(len(ids))+") AND status = 2 AND owner = 'me' AND token = 1", args...)
	return err
}
