// Package sqlfault breaks in on the statements of a database/sql pool, for tests
// that stage an interleaving: something happens between two statements of the code
// under test, a reply is cut off, a deadlock strikes, a statement takes effect
// after its sender gave up.
//
// A Script says which statement is struck by what; its Over returns a pool whose
// statements pass through it. BEGIN, COMMIT and ROLLBACK are statements too.
// Statements that the code prepares by itself are not looked at.
package sqlfault

import (
	"database/sql"
	"strings"
	"sync"
	"testing"
)

// Script is a list of faults, each of which strikes once. Faults may be added
// while statements run.
type Script struct {
	mu    sync.Mutex
	rules []*rule
	over  chan struct{} // closed when the test is over
	late  sync.WaitGroup
}

// rule lets n-1 statements that contain match pass, and strikes the next.
type rule struct {
	match  string
	n      int
	fault  fault
	struck bool
}

// fault decides what becomes of a call, and what its sender is told.
type fault func(*call) error

// New returns a script without faults. A fault that has not struck when the test
// is over fails it: the interleaving was not staged.
func New(t testing.TB) *Script {
	s := &Script{over: make(chan struct{})}
	t.Cleanup(func() {
		close(s.over)
		s.late.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, r := range s.rules {
			if !r.struck {
				t.Errorf("no statement was struck: number %d of those with %q", r.n, r.match)
			}
		}
	})
	return s
}

// Over returns a pool that borrows its connections from db, so that they are set
// up as the code under test expects them, and passes their statements through s.
// Close it before db.
func (s *Script) Over(db *sql.DB) *sql.DB { return sql.OpenDB(connector{db, s}) }

// on adds a fault for the n-th statement from now on that contains match.
func (s *Script) on(match string, n int, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &rule{match: match, n: n, fault: f})
}

// next returns the fault that strikes a statement, or nil. Every rule counts it.
func (s *Script) next(query string) (f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.struck || !strings.Contains(query, r.match) {
			continue
		}
		if r.n > 1 {
			r.n--
		} else if f == nil {
			f, r.struck = r.fault, true
		}
	}
	return f
}
