package sqlstore

import (
	"context"
	"slices"
	"time"

	"simplest_script/core/tool/sqldb"
)

// avoidFor is how long a row is left alone that somebody else's transaction held
// when it was to be claimed.
const avoidFor = 5 * time.Second

// pastLocks runs f on ids. Where another transaction holds one of the rows, such as
// a business transaction that reschedules a job and stays open, it runs f on the
// others: one row must not hold them up. It returns the ids that were left, with
// the error of the last try.
func (s *Store) pastLocks(ctx context.Context, ids []uint64, f func(ids []uint64) error) (left []uint64, err error) {
	if err = f(ids); err == nil {
		return nil, nil
	}
	if !sqldb.LockWait(err) || ctx.Err() != nil {
		return ids, err
	}
	free, unknown := s.unlocked(ctx, ids)
	if unknown != nil { // a server that cannot tell
		return byHalves(ctx, ids, f, err)
	}
	if len(free) > 0 {
		if again := f(free); again != nil {
			return ids, again
		}
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id uint64) bool { return slices.Contains(free, id) }), err
}

// unlocked returns those of the rows that no other transaction holds. MySQL before
// 8.0 and MariaDB before 10.6 cannot tell.
func (s *Store) unlocked(ctx context.Context, ids []uint64) ([]uint64, error) {
	return sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM delay_queue_log "+s.listed()+
		" WHERE id "+among(ids)+" FOR UPDATE SKIP LOCKED"))
}

// byHalves finds the held rows by trying: each try that meets one takes as long as
// this session waits for a lock.
func byHalves(ctx context.Context, ids []uint64, f func(ids []uint64) error, err error) ([]uint64, error) {
	if len(ids) == 1 || ctx.Err() != nil {
		return ids, err
	}
	var left []uint64
	for _, half := range [][]uint64{ids[:len(ids)/2], ids[len(ids)/2:]} {
		tried := f(half)
		switch {
		case tried == nil:
		case sqldb.LockWait(tried):
			more, last := byHalves(ctx, half, f, tried)
			left, err = append(left, more...), last
		default:
			return append(left, half...), tried
		}
	}
	return left, err
}

// avoid leaves rows out of the claims of the next seconds.
func (s *Store) avoid(ids []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.locked[id] = time.Now()
	}
}

// avoided returns the rows that are to be left out now.
func (s *Store) avoided() map[uint64]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[uint64]bool, len(s.locked))
	for id, since := range s.locked {
		if time.Since(since) >= avoidFor {
			delete(s.locked, id)
			continue
		}
		out[id] = true
	}
	return out
}
