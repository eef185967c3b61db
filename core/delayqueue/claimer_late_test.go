package delayqueue

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// tableStore is a table of jobs as a claimer sees it: it finds them by whole seconds,
// the first to fall due first, and takes some time.
type tableStore struct {
	Store
	mu      sync.Mutex
	waiting []Row // by due time
	taken   map[Held]Row
}

func newTableStore(dues ...int64) *tableStore {
	s := &tableStore{taken: map[Held]Row{}}
	for i, due := range dues {
		s.waiting = append(s.waiting, Row{ID: uint64(i + 1), Due: due})
	}
	return s
}

const statementTakes = 10 * time.Millisecond

func (s *tableStore) Now(context.Context) (int64, error) { return time.Now().UnixMicro(), nil }

func (s *tableStore) Owned(context.Context, string) ([]Held, error) { return nil, nil }

func (s *tableStore) Claim(_ context.Context, c Claim, _ string, ahead time.Duration, limit int) (rows []Row, more bool, err error) {
	<-time.After(statementTakes)
	s.mu.Lock()
	defer s.mu.Unlock()
	horizon := time.Now().Unix() + int64((ahead+time.Second-1)/time.Second)
	for len(s.waiting) > 0 && len(rows) < limit && s.waiting[0].Due/1000 <= horizon {
		r := s.waiting[0]
		s.waiting = s.waiting[1:]
		r.Token = c.Token
		s.taken[Held{r.ID, r.Token}] = r
		rows = append(rows, r)
	}
	return rows, len(rows) == limit, nil
}

func (s *tableStore) Release(_ context.Context, _ string, rows []Held) (int, error) {
	<-time.After(statementTakes)
	for _, h := range rows {
		s.mu.Lock()
		r := s.taken[h]
		s.mu.Unlock()
		s.insert(r)
	}
	return len(rows), nil
}

// insert adds a row that nobody tells the claimer of.
func (s *tableStore) insert(r Row) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, _ := slices.BinarySearchFunc(s.waiting, r.Due, func(r Row, due int64) int { return int(r.Due - due) })
	s.waiting = slices.Insert(s.waiting, i, r)
}

// lateRun is a claimer and a timer at work on a table.
type lateRun struct {
	*Engine
	mu   sync.Mutex
	late map[uint64]time.Duration // of each job that was started
}

// lateness runs jobs of k, each of which takes as long as told.
func lateness(t *testing.T, cfg Config, store *tableStore, k *kind, takes func() time.Duration) *lateRun {
	e, inc := withLease(t, store, k)
	r := &lateRun{Engine: e, late: map[uint64]time.Duration{}}
	e.cfg = cfg.withDefaults()
	e.know()
	e.hand.run = func(j *job) time.Duration {
		r.mu.Lock()
		r.late[j.ID] = time.Since(time.UnixMilli(j.Due))
		r.mu.Unlock()
		took := takes()
		<-time.After(took)
		e.hand.forget(j)
		return took
	}
	ctx, cancel := context.WithCancel(context.Background())
	var timer sync.WaitGroup
	timer.Go(func() { e.runTimer(ctx) })
	t.Cleanup(func() {
		cancel()
		timer.Wait()
		e.hand.close()
		e.hand.slots.Wait()
	})
	e.claimFor(t, &generation{owner: inc.ID(), ctx: context.Background()})
	return r
}

// What falls due in two seconds fills the hand of a kind whose handler is slow. All
// its slots are free, and jobs that are due now are inserted by some other program.
func TestDueJobDoesNotWaitBehindJobsThatFallDueLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 10)
		k.busy, k.runs = fewRuns*time.Minute, fewRuns
		later := time.Now().Add(2500 * time.Millisecond).UnixMilli()
		store := newTableStore(slices.Repeat([]int64{later}, 40)...)
		r := lateness(t, Config{}, store, k, func() time.Duration { return time.Minute })
		after(100 * time.Millisecond)
		require.Equal(t, k.capacity(), k.inHand)
		const urgent, slots = 15, 10
		for i := range urgent {
			store.insert(Row{ID: uint64(1000 + i), Due: time.Now().UnixMilli()})
		}
		after(1500 * time.Millisecond) // a scan
		require.Len(t, r.late, slots)
		require.Equal(t, k.capacity(), k.inHand, "the others are left to daemons that have slots")
		after(2 * time.Second)
		require.Len(t, r.late, slots)
	})
}

// Ten thousand jobs a second fall due when for a moment nothing gets a core: the
// handlers seem slow, and what is due by then is given back. It is nobody's but this
// daemon's, and must not wait for the next scan or for the half of what is in hand.
func TestJobsThatWereGivenBackAreTakenAgainWhenSlotsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const perMilli, millis = 10, 4000
		begin := time.Now()
		var dues []int64
		for i := range perMilli * millis {
			dues = append(dues, begin.UnixMilli()+int64(i/perMilli))
		}
		halted, resumed := begin.Add(500*time.Millisecond), begin.Add(900*time.Millisecond)
		r := lateness(t, Config{LookAhead: 10 * time.Second, Scan: time.Hour}, newTableStore(dues...), kindWith("k", 10), func() time.Duration {
			if now := time.Now(); !now.Before(halted) && now.Before(resumed) {
				return resumed.Sub(now)
			}
			return 100 * time.Microsecond
		})
		after(millis*time.Millisecond + time.Second)
		require.Len(t, r.late, len(dues))
		afterwards := resumed.Add(300 * time.Millisecond)
		for id, late := range r.late {
			began := time.UnixMilli(dues[id-1]).Add(late)
			if began.After(afterwards) {
				require.Less(t, late, 100*time.Millisecond, "job %d of the millisecond %d", id, dues[id-1]-begin.UnixMilli())
			}
		}
	})
}
