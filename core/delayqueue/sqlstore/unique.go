package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// over is the condition that a unique key is no longer taken, although its row has
// not been told so yet: the job came to an end, longer ago than the key is to stay.
func (s *Store) over() string { return over(s.db.Dialect) }

func over(d sqldb.Dialect) string {
	return "(status IN (3, 4, 6, 7) AND end_time + unique_for * 1000 <= " + d.NowMillis() + ")"
}

// looks bounds how often a push looks who has its keys: before it inserts, after
// that, and once more each time that a row has come or gone between the two.
const looks = 10

// keyed stores jobs with unique keys, as far as these are free.
//
// It looks who has the keys and inserts the others. One that another push takes in
// between stays out by itself, so the second look tells whose the keys are. Only
// from that look on rows are locked: a job that runs must not wait for the end of a
// transaction which merely wanted to know of it.
func (in *insertion) keyed(ctx context.Context, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	open := map[string]core.DelayQueuePushParams{}
	for _, p := range jobs {
		if hash := string(delayqueue.UniqueHash(p.ExecCmd, p.UniqueKey)); open[hash].UniqueKey == "" {
			open[hash] = p
		}
	}
	known := make(map[string]delayqueue.Receipt, len(open))
	for look := 0; len(open) > 0; look++ {
		if look == looks {
			return nil, fmt.Errorf("who has %d unique keys changed %d times while they were pushed", len(open), looks)
		}
		for chunk := range slices.Chunk(slices.Sorted(maps.Keys(open)), rowsPerInsert) {
			if err := in.settle(ctx, chunk, look > 0, open, known); err != nil {
				return nil, err
			}
		}
	}
	receipts := make([]delayqueue.Receipt, len(jobs))
	for i, p := range jobs {
		hash := string(delayqueue.UniqueHash(p.ExecCmd, p.UniqueKey))
		receipts[i] = known[hash]
		known[hash] = delayqueue.Receipt{ID: known[hash].ID, Existed: true} // to another job of this push
	}
	return receipts, nil
}

// settle moves keys from open to known where a job has them, and inserts the others.
// All pushes take the keys in one order, so that few of them end in a deadlock.
func (in *insertion) settle(ctx context.Context, hashes []string, locked bool, open map[string]core.DelayQueuePushParams, known map[string]delayqueue.Receipt) error {
	holders, err := in.holders(ctx, hashes, locked)
	if err != nil {
		return err
	}
	var freed []uint64
	for _, h := range holders {
		if h.over {
			freed = append(freed, h.id)
			continue
		}
		known[h.hash] = delayqueue.Receipt{ID: h.id, Existed: h.token != in.token}
		delete(open, h.hash)
	}
	if _, err := in.free(ctx, in.tx, freed); err != nil {
		return err
	}
	var missing []core.DelayQueuePushParams
	for _, hash := range hashes {
		if p, ok := open[hash]; ok {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = in.insert(ctx, missing, true)
	return err
}

// holder is a job that has a unique key.
type holder struct {
	id    uint64
	hash  string
	token uint64
	over  bool
}

// holders returns the jobs that have the keys. Locked, it sees what others have
// committed since the transaction began, whatever its isolation level.
func (in *insertion) holders(ctx context.Context, hashes []string, locked bool) ([]holder, error) {
	literals := make([]string, len(hashes))
	for i, hash := range hashes {
		literals[i] = literal([]byte(hash))
	}
	query := "SELECT id, unique_hash, token, " + in.over() + " FROM delay_queue_log WHERE unique_hash IN (" + strings.Join(literals, ",") + ")"
	if locked {
		query += in.db.Dialect.ForUpdate()
	}
	found, err := sqldb.Collect(scanHolder)(in.tx.QueryContext(ctx, query))
	if err != nil {
		return nil, fmt.Errorf("looking who has %d unique keys: %w", len(hashes), err)
	}
	return found, nil
}

// literal is a hash within a statement, in digits: as bytes it would be in the way of
// whoever reads the server's list of statements.
func literal(hash []byte) string { return "x'" + hex.EncodeToString(hash) + "'" }

func scanHolder(rows *sql.Rows) (h holder, err error) {
	err = rows.Scan(&h.id, &h.hash, &h.token, &h.over)
	return h, err
}

// free frees the keys of those of the jobs whose time is over, and says how many.
func (s *Store) free(ctx context.Context, q queryer, ids []uint64) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	n, err := changed(q.ExecContext(ctx, "UPDATE delay_queue_log "+s.listed()+" SET unique_hash = NULL WHERE id "+
		among(ids)+" AND unique_hash IS NOT NULL AND "+s.over()))
	if err != nil {
		return 0, fmt.Errorf("freeing %d unique keys: %w", len(ids), err)
	}
	return n, nil
}

// FreeKeys implements Store. Pushes free the keys that they want by themselves; this
// is for those who push by plain SQL.
func (s *Store) FreeKeys(ctx context.Context, after []byte, limit int) (next []byte, freed int, err error) {
	holders, err := sqldb.Collect(scanHolder)(s.db.QueryContext(ctx, "SELECT id, unique_hash, token, "+s.over()+" FROM delay_queue_log "+
		s.db.Dialect.UseIndex("script_unique")+" WHERE unique_hash > ? ORDER BY unique_hash LIMIT ?", append([]byte{}, after...), limit)) // nil would be NULL
	if err != nil {
		return nil, 0, fmt.Errorf("looking for unique keys to free: %w", err)
	}
	var ids []uint64
	for _, h := range holders {
		if h.over {
			ids = append(ids, h.id)
		}
	}
	if len(holders) == limit {
		next = []byte(holders[limit-1].hash)
	}
	for chunk := range slices.Chunk(ids, delayqueue.RowsPerList) {
		_, err := s.pastLocks(ctx, chunk, func(ids []uint64) error {
			n, err := s.free(ctx, s.db, ids)
			freed += n
			return err
		})
		if err != nil && !sqldb.LockWait(err) { // a row that is held is freed the next time
			return nil, freed, err
		}
	}
	return next, freed, nil
}
