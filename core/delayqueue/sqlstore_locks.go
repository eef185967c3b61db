package delayqueue

import (
	"context"
	"time"

	"simplest_script/core/tool/sqldb"
)

// avoidFor is how long a row is left alone that somebody else's transaction held
// when it was to be claimed.
const avoidFor = 5 * time.Second

// pastLocks runs f on ids. Where one of the rows is held by another transaction,
// such as a business transaction that reschedules a job and stays open, it runs f
// on each half by itself, and so on: one row must not hold up the others. It
// returns the ids for which f did not succeed, with the last error.
func pastLocks(ctx context.Context, ids []uint64, f func(ids []uint64) error) (left []uint64, err error) {
	err = f(ids)
	if err == nil {
		return nil, nil
	}
	if !sqldb.LockWait(err) || len(ids) == 1 || ctx.Err() != nil {
		return ids, err
	}
	middle := len(ids) / 2
	one, errOne := pastLocks(ctx, ids[:middle], f)
	two, errTwo := pastLocks(ctx, ids[middle:], f)
	if errOne != nil && !sqldb.LockWait(errOne) || errTwo == nil {
		return append(one, two...), errOne
	}
	return append(one, two...), errTwo
}

// avoid leaves rows out of the claims of the next seconds.
func (s *SQLStore) avoid(ids []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		s.locked[id] = time.Now()
	}
}

// avoided returns the rows that are to be left out now.
func (s *SQLStore) avoided() map[uint64]bool {
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
