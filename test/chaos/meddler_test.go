//go:build unix

package chaos_test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig/audit"
)

// meddler cancels and moves jobs, as people and programs do, and writes down what it was
// answered. It works on the database without a proxy, which may be away all the same.
type meddler struct {
	db     *sqldb.DB
	queue  *delayqueue.Queue
	dice   *rand.Rand
	newest uint64 // it is one of so many newest jobs that is picked
	cancel context.CancelFunc
	task   sync.WaitGroup

	// For others only once it has ended.
	requests []audit.Request
	answers  map[delayqueue.Answer]int
	moved    int
}

// meddleEvery is the time between two requests.
const meddleEvery = 40 * time.Millisecond

func newMeddler(t *testing.T, db *sqldb.DB, f form) *meddler {
	store := sqlstore.New(db)
	ctx, cancel := context.WithCancel(context.Background())
	m := &meddler{
		db: db, queue: delayqueue.New(func(context.Context) (delayqueue.Store, error) { return store, nil }),
		dice: rand.New(rand.NewPCG(f.seed, 2)), newest: 10 * uint64(f.each), cancel: cancel, answers: map[delayqueue.Answer]int{},
	}
	m.task.Go(func() {
		for outage.Sleep(ctx, meddleEvery) {
			m.meddle(ctx)
		}
	})
	t.Cleanup(m.end)
	return m
}

// end ends it; it may be called again.
func (m *meddler) end() {
	m.cancel()
	m.task.Wait()
}

// meddle picks one of the newest jobs.
func (m *meddler) meddle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var newest uint64
	if err := m.db.QueryRowContext(ctx, "SELECT COALESCE(MAX(id), 0) FROM delay_queue_log").Scan(&newest); err != nil || newest == 0 {
		return
	}
	id := newest - min(m.dice.Uint64N(m.newest), newest-1)
	if m.dice.IntN(2) == 0 {
		answer, err := m.queue.Reschedule(ctx, id, time.Now().Add(time.Duration(m.dice.IntN(4000))*time.Millisecond))
		if err == nil && answer == delayqueue.Changed {
			m.moved++
		}
		return
	}
	answer, err := m.queue.Cancel(ctx, id)
	m.requests = append(m.requests, audit.Request{Job: id, At: time.Now().UnixMilli(), Sure: err == nil, Answer: answer})
	if err == nil {
		m.answers[answer]++
	}
}
