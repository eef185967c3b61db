//go:build unix

package e2e_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/proxy"
	"simplest_script/test/rig"
)

// Connections break in the middle of anything, for the daemons and for those who
// push; and, worse, right after the server did what it was asked for. Who connects again
// at once keeps its lease, and therefore runs nothing twice.
//
// Weakness of the original: Push drops every error.
func TestCutConnectionsLoseNothing(t *testing.T) {
	w := rig.New(t, sqldb.MySQL)
	ofDaemons, ofPushers := newProxy(t, w), newProxy(t, w)
	// One reply to a daemon is at most some 100 kB, one push of these 4 kB.
	ofDaemons.CutRandomly(1, 400_000)
	ofPushers.CutRandomly(2, 40_000)
	// The lease of production: a busy machine halts nobody for so long, and cuts do not add up to it.
	through := []string{w.Through(ofDaemons.Addr()), "SCRIPT_LEASE_STOP=7s", "SCRIPT_LEASE_VERDICT=9s"}
	// They are not marked as disturbed: by cuts alone no lease may be lost.
	daemons := []*rig.Process{w.Daemon(through...), w.Daemon(through...)}
	snares := newSnares(t)
	snares.cutReplies(ofPushers, "a push", commit, 4)
	snares.cutReplies(ofDaemons, "a claim", update("delay_queue_log", "SET status = 2"), 6)
	snares.cutReplies(ofDaemons, "an outcome", update("delay_queue_log", "SET update_time"), 6)
	snares.cutReplies(ofDaemons, "a beat", update("script_daemon", "SET seq"), 3)

	l := load{jobs: 4000, over: 8 * time.Second}
	pushers := l.push(w, w.Through(ofPushers.Addr()))
	pauses := rand.New(rand.NewPCG(3, 3))
	for range 20 { // all connections at once, whatever they are at
		elapse(time.Duration(100+pauses.IntN(400)) * time.Millisecond)
		ofDaemons.Cut()
	}
	awaitShare(w, l.jobs, 0.8)
	ofDaemons.Heal()
	for _, p := range pushers {
		require.Zero(t, p.Wait(), p.Output())
	}
	awaitEnd(w)

	stop(t, daemons...)
	snares.requireAll(t)
	r := w.Audit()
	require.Equal(t, l.jobs, r.Pushed+r.Unsure, "what was refused was pushed again")
	require.Equal(t, r.Pushed+r.OfThose, r.Done)
	require.Positive(t, r.OfThose, "a commit without an answer is told as what it is")
	require.Zero(t, r.Lapsed, "no lease is lost, neither declared so by others nor given up")
	require.Zero(t, r.Doubled, "what was done is recorded, whatever the connection that was to tell")
	t.Logf("%d times the daemons noticed that the database was away", w.Logged("service away"))
}

// commit matches the statement, and not the name of the isolation level.
func commit(request []byte) bool { return bytes.HasSuffix(request, []byte("COMMIT")) }

// update matches a statement that changes a table; whatever stands between the name
// of the table and what is set.
func update(table, set string) func([]byte) bool {
	return func(request []byte) bool {
		return bytes.Contains(request, []byte("UPDATE "+table)) && bytes.Contains(request, []byte(set))
	}
}

func newProxy(t *testing.T, w *rig.World) *proxy.Proxy {
	t.Helper()
	p, err := proxy.New(w.Server())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// snares cut replies while a load runs.
type snares struct {
	stop  chan struct{}
	end   func() // idempotent
	tasks sync.WaitGroup

	mu     sync.Mutex
	caught map[string]int
}

func newSnares(t *testing.T) *snares {
	s := &snares{stop: make(chan struct{}), caught: map[string]int{}}
	s.end = sync.OnceFunc(func() {
		close(s.stop)
		s.tasks.Wait()
	})
	t.Cleanup(s.end)
	return s
}

// cutReplies cuts the replies to so many statements that match, one after the other.
func (s *snares) cutReplies(p *proxy.Proxy, what string, match func([]byte) bool, times int) {
	s.caught[what] = 0
	s.tasks.Go(func() {
		for range times {
			select {
			case <-p.CutReply(match):
				s.mu.Lock()
				s.caught[what]++
				s.mu.Unlock()
			case <-time.After(time.Second): // perhaps its connection was cut before the reply
			case <-s.stop:
				return
			}
		}
	})
}

// requireAll ends the cutting, and checks that each kind of reply was cut at least once.
func (s *snares) requireAll(t *testing.T) {
	t.Helper()
	s.end()
	t.Logf("replies that were cut: %v", s.caught)
	for what, n := range s.caught {
		require.Positive(t, n, "no reply to %s was cut", what)
	}
}
