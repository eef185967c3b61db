// Package storetest is the conformance suite of delayqueue.Store: what a store
// does on every server, and above all what it does when something happens between
// two of its statements. Each test stages one interleaving, and is named for it.
package storetest

import (
	"context"
	"testing"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Fixture is what one test works on: tables without rows.
type Fixture struct {
	Store  delayqueue.Store // under test
	Peer   delayqueue.Store // the same jobs as another daemon sees them
	DB     *sqldb.DB        // for staging and for looking
	Faults Faults           // strike the statements of Store alone
}

// Faults breaks in on the n-th statement from now on that contains match. BEGIN,
// COMMIT and ROLLBACK are statements. A fault that never strikes fails the test.
type Faults interface {
	// Before calls f before the statement is sent.
	Before(match string, n int, f func())
	// After calls f when the statement has taken effect.
	After(match string, n int, f func())
	// Refuse answers err; the statement is not sent.
	Refuse(match string, n int, err error)
	// Unsent breaks the connection before the statement is sent.
	Unsent(match string, n int)
	// Lost breaks the connection before the statement arrives, which the sender cannot know.
	Lost(match string, n int)
	// CutReply lets the statement take effect and breaks the connection.
	CutReply(match string, n int)
	// Deadlock rolls the transaction back and answers as MySQL does.
	Deadlock(match string, n int)
	// Late breaks the connection; the statement takes effect when release is called.
	Late(match string, n int) (release func() error)
}

// The statements of the store that the suite breaks in on.
const (
	commit     = "COMMIT"
	inserting  = "INSERT INTO delay_queue_log"
	claiming   = "SET status = 2"
	reading    = "SELECT id, COALESCE(name"
	releasing  = "SET status = 1, owner = '', token = 0, start_time = 0"
	marking    = "SET start_time ="
	finishing  = "late_ms ="
	keeping    = "script_delay_result"
	setAside   = "SET status = 4, deaths"
	rescuing   = "rescues = CASE"
	failingOut = "SET status = 4, result ="
)

// behaviour is one test: a sentence that is true of every store.
type behaviour struct {
	name string
	hold func(w *world)
}

// Run runs the suite. open is called once per test.
func Run(t *testing.T, open func(t *testing.T) *Fixture) {
	for _, group := range []struct {
		name       string
		behaviours []behaviour
	}{
		{"push", push()},
		{"push cut off", pushCutOff()},
		{"unique", unique()},
		{"unique cut off", uniqueCutOff()},
		{"push in a transaction", pushTx()},
		{"claim", claim()},
		{"claim raced", claimRaced()},
		{"claim cut off", claimCutOff()},
		{"turns", turns()},
		{"release", release()},
		{"start", start()},
		{"finish", finish()},
		{"finish fenced", finishFenced()},
		{"finish cut off", finishCutOff()},
		{"successors", successors()},
		{"rescue", rescue()},
		{"rescue raced", rescueRaced()},
		{"scan", scan()},
		{"unknown kinds", unknown()},
		{"control", control()},
		{"retry", retry()},
		{"request", request()},
		{"retire", retire()},
		{"attempt", attempt()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, b := range group.behaviours {
				t.Run(b.name, func(t *testing.T) {
					b.hold(&world{T: t, Fixture: open(t), ctx: context.Background()})
				})
			}
		})
	}
}
