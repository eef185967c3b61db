package audit_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/test/rig/audit"
)

const chained = "chained"

// scene is a load that uses more than plain jobs.
type scene struct {
	pushes   []audit.Push
	rows     []audit.Job
	requests []audit.Request
	changes  []audit.Change
	runs     []audit.Run
	outages  []audit.Span
	acts     []audit.Act
	within   int64
}

func (s scene) examine() *audit.Report {
	return audit.Examine(audit.Evidence{
		Pushes: s.pushes, Jobs: s.rows, Requests: s.requests, Changes: s.changes, Runs: s.runs, Outages: s.outages, Within: s.within, Acts: s.acts,
		Chain: chained, Daemons: []audit.Daemon{{ID: "a", PID: killed, Dead: true, Why: "no beat seen", Beat: 300}, other},
		Disturbed: map[int]bool{killed: true},
	})
}

// once are the changes and the run of a job that is done at once.
func once(id uint64) ([]audit.Change, []audit.Run) {
	claim, finish, run := claimB, finishB, runB
	claim.Job, finish.Job, run.Job = id, id, id
	return []audit.Change{claim, finish}, []audit.Run{run}
}

func confirmed(name string, id uint64) audit.Push {
	return audit.Push{Names: []string{name}, IDs: []uint64{id}, Outcome: audit.Confirmed}
}

func TestOneRowForEachUniqueKey(t *testing.T) {
	changes, runs := once(1)
	keyed := func(name string, id uint64) audit.Push {
		p := confirmed(name, id)
		p.Keys = []string{"k"}
		return p
	}
	row := audit.Job{ID: 1, Name: "a", Key: "k", Status: 3}
	good := scene{pushes: []audit.Push{keyed("a", 1), keyed("b", 1)}, rows: []audit.Job{row}, changes: changes, runs: runs}
	r := good.examine()
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Keys)
	require.Equal(t, 1, r.Merged)
	require.Equal(t, 1, r.Done)

	for want, change := range map[string]func(*scene){
		"the key k was confirmed and is not there":                       func(s *scene) { s.rows = nil },
		"the unique key k is in 2 rows":                                  func(s *scene) { s.rows = append(s.rows, audit.Job{ID: 2, Name: "b", Key: "k", Status: 3}) },
		"a push of the key k answered the id 2, its row has 1":           func(s *scene) { s.pushes[1] = keyed("b", 2) },
		"the row of the key k has the name c, whose push was not stored": func(s *scene) { s.rows[0].Name = "c" },
		`a (job 1) did not come to an end: waiting, owner ""`:            func(s *scene) { s.rows[0].Status = 1 },
		"the row of the key k has the name a, whose push was not stored": func(s *scene) { s.pushes[0].Outcome = audit.Refused },
		"the row of a was pushed by nobody":                              func(s *scene) { s.rows[0].Key = "other" },
	} {
		bad := scene{pushes: []audit.Push{keyed("a", 1), keyed("b", 1)}, rows: []audit.Job{row}, changes: changes, runs: runs}
		change(&bad)
		require.Contains(t, bad.examine().Faults, want)
	}
}

func TestOneSuccessorForEachDoneJob(t *testing.T) {
	c1, r1 := once(1)
	c2, r2 := once(2)
	story := func(rows ...audit.Job) *audit.Report {
		return scene{pushes: []audit.Push{confirmed("n", 1)}, rows: rows, changes: append(c1, c2...), runs: append(r1, r2...)}.examine()
	}
	first := audit.Job{ID: 1, Name: "n", Kind: chained, Status: 3}
	next := audit.Job{ID: 2, Name: audit.Next("n"), Status: 3}
	r := story(first, next)
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Successors)
	require.Equal(t, 2, r.Done)
	require.Contains(t, story(first).Faults, "n (job 1) is done and has 0 successors")
	require.Contains(t, story(first, next, next).Faults, "n (job 1) is done and has 2 successors")
	first.Status = 4
	require.Contains(t, story(first, next).Faults, "n (job 1) is failed and has 1 successors")
}

func TestCancelledMeansNotRun(t *testing.T) {
	row := audit.Job{ID: 1, Name: "n", Status: 6}
	cancel := audit.Change{Job: 1, At: 50, From: 1, To: 6}
	answer := audit.Request{Job: 1, At: 60, Sure: true, Answer: delayqueue.Changed}
	good := scene{pushes: []audit.Push{confirmed("n", 1)}, rows: []audit.Job{row}, changes: []audit.Change{cancel}, requests: []audit.Request{answer}}
	r := good.examine()
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Cancelled)

	given := good // by its daemon, before the handler was called
	given.changes = []audit.Change{claimB, {Job: 1, From: 2, To: 6, Owner: "b", Token: 8}}
	given.requests = []audit.Request{{Job: 1, Sure: true, Answer: delayqueue.Requested}}
	require.Empty(t, given.examine().Faults)

	nobody := good
	nobody.requests = nil
	require.Contains(t, nobody.examine().Faults, "n (job 1) is cancelled for no reason: 0 ms late of at most 0")

	done, runs := once(1)
	both := good
	both.rows, both.changes, both.runs = []audit.Job{{ID: 1, Name: "n", Status: 3}}, done, runs
	require.Equal(t, []string{"job 1 was said to be cancelled, and is done", "job 1 ran 45 ms after it was cancelled"}, both.examine().Faults)

	twice := good
	twice.changes = slices.Concat(done, []audit.Change{cancel})
	twice.runs = runs
	require.Contains(t, twice.examine().Faults, "n (job 1) came to its end 2 times")
}

func TestSkippedMeansLate(t *testing.T) {
	row := audit.Job{ID: 1, Name: "n", Status: 7, LateMs: 60, MaxLate: 50}
	s := scene{pushes: []audit.Push{confirmed("n", 1)}, rows: []audit.Job{row}, changes: []audit.Change{claimB, {Job: 1, From: 2, To: 7, Owner: "b", Token: 8}}}
	r := s.examine()
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Skipped)
	s.rows[0].LateMs = 49
	require.Contains(t, s.examine().Faults, "n (job 1) is skipped for no reason: 49 ms late of at most 50")
}

func TestRecoveryCountsFromTheLastSignOfLife(t *testing.T) {
	changes, runs := once(1)
	rescue := rescueA
	rescue.At = 900
	s := scene{
		pushes: []audit.Push{confirmed("n", 1)}, rows: done, within: 500,
		changes: append([]audit.Change{claimA, rescue}, changes...), runs: append([]audit.Run{runA}, runs...),
	}
	late := "job 1 was nobody's for %d ms in which the database answered, after the last sign of life of its daemon, pid 11"
	require.Equal(t, []string{fmt.Sprintf(late, 600)}, s.examine().Faults)
	s.outages = []audit.Span{{From: 950, To: 970}, {From: 350, To: 450}, {From: 100, To: 200}}
	r := s.examine()
	require.Empty(t, r.Faults)
	require.EqualValues(t, 450, r.RecoveryMax)
	require.Equal(t, map[string]int{"a machine that was too busy": 1}, r.Causes)
	s.outages = []audit.Span{{From: 850, To: 860}}
	require.Equal(t, []string{fmt.Sprintf(late, 550)}, s.examine().Faults, "an outage excuses nothing of the time before it")
}

// At the end of its drain a daemon gives back what its handlers could not finish. What
// they did finish is recorded, not given back.
func TestWorkThatTheEndOfADaemonCutsOffIsDoneAgain(t *testing.T) {
	changes, runs := once(1)
	cut := runA
	cut.End, cut.Error = 150, "the daemon ends"
	released := releaseA
	released.At = 160
	s := scene{
		pushes: []audit.Push{confirmed("n", 1)}, rows: done, acts: []audit.Act{{PID: killed, At: 140, What: audit.ToldToStop}},
		changes: append([]audit.Change{claimA, released}, changes...), runs: append([]audit.Run{cut}, runs...),
	}
	r := s.examine()
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Cut)

	s.acts[0].At = 170
	require.NotEmpty(t, s.examine().Faults, "it was not told yet")
	s.acts[0].At = 140
	s.runs[0].Error = ""
	require.Equal(t, []string{"job 1: pid 11 gave the claim 7 back although its handler had done the work"}, s.examine().Faults)
}
