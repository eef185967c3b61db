package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig/audit"
)

const (
	killed   = 11 // the pid of the daemon that the test kills
	survivor = 12
)

// story is one job that was pushed once, told by what happened to it.
type story struct {
	push    audit.PushOutcome
	ids     []uint64
	rows    []audit.Job
	changes []audit.Change
	runs    []audit.Run
	daemons []audit.Daemon
}

var (
	victim    = audit.Daemon{ID: "a", PID: killed, Dead: true, Why: "no beat seen for 2s by host, pid 12"}
	other     = audit.Daemon{ID: "b", PID: survivor}
	done      = []audit.Job{{ID: 1, Name: "n", Status: 3, LateMs: 4, Writer: survivor}}
	claimA    = audit.Change{Job: 1, From: 1, To: 2, Owner: "a", Token: 7, Due: 100}
	claimB    = audit.Change{Job: 1, From: 1, To: 2, Owner: "b", Token: 8, Due: 100}
	finishB   = audit.Change{Job: 1, From: 2, To: 3, Owner: "b", Token: 8, Attempts: 1, MoreAttempts: 1}
	finishA   = audit.Change{Job: 1, From: 2, To: 3, Owner: "a", Token: 7, Attempts: 1, MoreAttempts: 1}
	rescueA   = audit.Change{Job: 1, At: 500, From: 2, To: 1, Owner: "a", Token: 7, MoreRescues: 1}
	releaseA  = audit.Change{Job: 1, From: 2, To: 1, Owner: "a", Token: 7}
	retryB    = audit.Change{Job: 1, From: 2, To: 1, Owner: "b", Token: 8, Attempts: 1, MoreAttempts: 1}
	setAsideA = audit.Change{Job: 1, At: 500, From: 2, To: 4, Owner: "a", Token: 7, Attempts: 1, MoreAttempts: 1, MoreDeaths: 1}
	runA      = audit.Run{PID: killed, Job: 1, Attempt: 1, Due: 100, Start: 101}
	runB      = audit.Run{PID: survivor, Job: 1, Attempt: 1, Due: 100, Start: 105, End: 106}
	failedB   = audit.Run{PID: survivor, Job: 1, Attempt: 1, Due: 100, Start: 105, End: 106, Error: "no"}
)

func (s story) examine() *audit.Report {
	e := audit.Evidence{
		Pushes: []audit.Push{{Names: []string{"n"}, IDs: s.ids, Outcome: s.push}},
		Jobs:   s.rows, Runs: s.runs, Changes: s.changes, Daemons: s.daemons,
		Disturbed: map[int]bool{killed: true}, Acts: []audit.Act{{PID: killed, At: 400, What: "killed"}},
	}
	if s.push == "" {
		e.Pushes[0].Outcome = audit.Confirmed
	}
	if s.daemons == nil {
		e.Daemons = []audit.Daemon{victim, other}
	}
	return audit.Examine(e)
}

func TestStoriesThatKeepThePromises(t *testing.T) {
	for name, tt := range map[string]struct {
		story
		want audit.Report
	}{
		"done at once": {
			story{ids: []uint64{1}, rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB}},
			audit.Report{Pushed: 1, Done: 1, Runs: 1},
		},
		"the killed daemon was running it": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB}},
			audit.Report{Pushed: 1, Done: 1, Runs: 2, Recovered: 1, Doubled: 1, Cut: 1},
		},
		"the killed daemon had run it and not recorded it": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{{PID: killed, Job: 1, Attempt: 1, Due: 100, Start: 101, End: 102}, runB}},
			audit.Report{Pushed: 1, Done: 1, Runs: 2, Recovered: 1, Doubled: 1, Unrecorded: 1},
		},
		"the halted daemon woke up and ran it": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runB, {PID: killed, Job: 1, Attempt: 1, Due: 100, Start: 901, End: 902}}},
			audit.Report{Pushed: 1, Done: 1, Runs: 2, Recovered: 1, Doubled: 1, Stale: 1},
		},
		"the killed daemon had only claimed it": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runB}},
			audit.Report{Pushed: 1, Done: 1, Runs: 1, Recovered: 1},
		},
		"given back and taken by another": {
			story{rows: done, changes: []audit.Change{claimA, releaseA, claimB, finishB}, runs: []audit.Run{runB}},
			audit.Report{Pushed: 1, Done: 1, Runs: 1, Released: 1},
		},
		"the killed daemon had given it back, and was running it for a later claim": {
			story{
				rows: done,
				changes: []audit.Change{
					claimA, releaseA,
					{At: 200, Job: 1, From: 1, To: 2, Owner: "a", Token: 8, Due: 100},
					{At: 700, Job: 1, From: 2, To: 1, Owner: "a", Token: 8, MoreRescues: 1},
					claimB, finishB,
				},
				runs: []audit.Run{{PID: killed, Job: 1, Attempt: 1, Due: 100, Start: 201}, runB},
			},
			audit.Report{Pushed: 1, Done: 1, Runs: 2, Recovered: 1, Released: 1, Doubled: 1, Cut: 1},
		},
		"failed once, then done": {
			story{
				rows: done,
				changes: []audit.Change{
					claimB, retryB,
					{Job: 1, From: 1, To: 2, Owner: "b", Token: 9, Due: 300, Attempts: 1},
					{Job: 1, From: 2, To: 3, Owner: "b", Token: 9, Attempts: 2, MoreAttempts: 1},
				},
				runs: []audit.Run{failedB, {PID: survivor, Job: 1, Attempt: 2, Due: 300, Start: 300, End: 301}},
			},
			audit.Report{Pushed: 1, Done: 1, Runs: 2, Retried: 1},
		},
		"set aside after too many deaths": {
			story{rows: []audit.Job{{ID: 1, Name: "n", Status: 4, LateMs: 4}}, changes: []audit.Change{claimA, setAsideA}, runs: []audit.Run{runA}},
			audit.Report{Pushed: 1, Failed: 1, SetAside: 1, Runs: 1, Doubled: 1, Cut: 1},
		},
		"failed, because deaths had used up its attempts": {
			story{
				rows:    []audit.Job{{ID: 1, Name: "n", Status: 4, LateMs: 4}},
				changes: []audit.Change{claimA, rescueA, claimB, {Job: 1, From: 2, To: 4, Owner: "b", Token: 8}}, runs: []audit.Run{runA},
			},
			audit.Report{Pushed: 1, Failed: 1, Runs: 1, Recovered: 1, Doubled: 1, Cut: 1},
		},
		"unknown whether it was pushed, and it was": {
			story{push: audit.Unknown, rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB}},
			audit.Report{Unsure: 1, OfThose: 1, Done: 1, Runs: 1},
		},
		"unknown whether it was pushed, and it was not": {
			story{push: audit.Unknown},
			audit.Report{Unsure: 1},
		},
		"of a kind that nobody knows": {
			story{rows: []audit.Job{{ID: 1, Name: "n", Status: 4, LateMs: 4}}, changes: []audit.Change{{Job: 1, From: 1, To: 4}}},
			audit.Report{Pushed: 1, Failed: 1},
		},
		"refused": {story{push: audit.Refused}, audit.Report{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := tt.examine()
			require.Empty(t, got.Faults)
			tt.want.Condemned = 1 // of the victim
			if tt.want.Doubled > 0 {
				tt.want.Causes = map[string]int{"killed": tt.want.Doubled}
			}
			if tt.want.Recovered+tt.want.SetAside > 0 {
				tt.want.Freed, tt.want.RecoveryP50, tt.want.RecoveryMax = 1, 500, 500
			}
			if len(tt.rows) > 0 {
				tt.want.LateP50, tt.want.LateP99, tt.want.LateMax = 4, 4, 4
			}
			require.Equal(t, &tt.want, got)
		})
	}
}

func TestStoriesThatBreakAPromise(t *testing.T) {
	waiting := []audit.Job{{ID: 1, Name: "n", Status: 1}}
	running := []audit.Job{{ID: 1, Name: "n", Status: 2, Owner: "a"}}
	for name, tt := range map[string]struct {
		story
		want string
	}{
		"the row is gone":          {story{}, "n was confirmed and is not there"},
		"it waits for ever":        {story{rows: waiting}, "did not come to an end: waiting"},
		"it is status 2 for ever":  {story{rows: running, changes: []audit.Change{claimA}}, `did not come to an end: running, owner "a"`},
		"stored though refused":    {story{push: audit.Refused, rows: waiting}, "its push said that nothing was stored"},
		"another id than answered": {story{ids: []uint64{2}, rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB}}, "answered the id 2, its row has 1"},
		"stored twice": {
			story{rows: []audit.Job{{ID: 1, Name: "n", Status: 3}, {ID: 2, Name: "n", Status: 3}}},
			"n was pushed once and stored 2 times",
		},
		"pushed by nobody": {
			story{rows: append([]audit.Job{{ID: 2, Name: "stranger", Status: 3}}, done...), changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB}},
			"the row of stranger was pushed by nobody",
		},
		"two daemons at once, none of them dead": {
			story{
				rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB, {PID: 13, Job: 1, Attempt: 1, Due: 100, Start: 105}},
			},
			"pid 13 ran attempt 1, due at 100, 1 times, of which 0 are recorded, and 0 claims were lost",
		},
		"twice under one claim": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB, runB}},
			"ran attempt 1, due at 100, 2 times",
		},
		"twice by the killed one, under one claim": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runA, runB}},
			"ran attempt 1, due at 100, 2 times",
		},
		"taken from a daemon that lives": {
			story{
				rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB},
				daemons: []audit.Daemon{{ID: "a", PID: killed}, other},
			},
			"0 claims were lost",
		},
		"given back by a daemon that goes on, although it was run": {
			story{rows: done, changes: []audit.Change{claimA, releaseA, claimB, finishB}, runs: []audit.Run{runA, runB}},
			"pid 11 ran attempt 1, due at 100, 1 times, of which 0 are recorded, and 0 claims were lost",
		},
		"not recorded under a lease that ended in good order": {
			story{
				rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB},
				daemons: []audit.Daemon{{ID: "a", PID: killed, Dead: true, Why: "ended"}, other},
			},
			"0 claims were lost",
		},
		"done without having run": {
			story{rows: done, changes: []audit.Change{claimB, finishB}},
			"has 1 outcomes of attempt 1 by pid 12, which ran it 0 times",
		},
		"done by a handler that never returned": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{{PID: survivor, Job: 1, Attempt: 1, Due: 100, Start: 105}}},
			"job 1 is done by an outcome of pid 12, whose handler never returned",
		},
		"an error that is recorded as done": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{failedB}},
			`attempt 1 at job 1 is recorded as done, and its handler returned "no"`,
		},
		"a success that is tried again": {
			story{
				rows: done,
				changes: []audit.Change{
					claimB, retryB,
					{Job: 1, From: 1, To: 2, Owner: "b", Token: 9, Due: 300, Attempts: 1},
					{Job: 1, From: 2, To: 3, Owner: "b", Token: 9, Attempts: 2, MoreAttempts: 1},
				},
				runs: []audit.Run{runB, {PID: survivor, Job: 1, Attempt: 2, Due: 300, Start: 300, End: 301}},
			},
			`attempt 1 at job 1 is recorded as waiting, and its handler returned ""`,
		},
		"taken from a daemon that died only later": {
			story{
				rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB},
				daemons: []audit.Daemon{{ID: "a", PID: killed, Dead: true, Why: victim.Why, Ended: 600}, other},
			},
			"job 1 was taken from pid 11 100 ms before that was declared dead",
		},
		"run under a claim that was skipped": {
			story{
				rows:    []audit.Job{{ID: 1, Name: "n", Status: 7, LateMs: 4}},
				changes: []audit.Change{claimA, {Job: 1, From: 2, To: 7, Owner: "a", Token: 7}}, runs: []audit.Run{runA},
			},
			"pid 11 ran attempt 1, due at 100, 1 times, of which 0 are recorded, and 0 claims were lost",
		},
		"finished twice": {
			story{rows: done, changes: []audit.Change{claimB, finishB, {Job: 1, From: 3, To: 1}, claimA, finishA}, runs: []audit.Run{runA, runB}},
			"came to its end 2 times",
		},
		"finished under a claim that was another's": {
			story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishA}, runs: []audit.Run{runB}},
			"left status 2 under the claim a/7, but it belonged to b/8",
		},
		"written by one that no longer owned it": {
			story{
				rows:    []audit.Job{{ID: 1, Name: "n", Status: 3, LateMs: 4, Writer: killed}},
				changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB},
			},
			"was written by pid 11, and the claim was that of pid 12",
		},
		"early": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{{PID: survivor, Job: 1, Attempt: 1, Due: 100, Start: 99}}},
			"started 1 ms early",
		},
		"run with a due time that is not the row's": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{{PID: survivor, Job: 1, Attempt: 1, Due: 90, Start: 105}}},
			"ran attempt 1, due at 90, 1 times, of which 0 are recorded, and 0 claims were lost",
		},
		"claimed by a stranger": {
			story{rows: done, changes: []audit.Change{claimB, finishB}, runs: []audit.Run{runB}, daemons: []audit.Daemon{victim}},
			"claimed by b, which is no daemon",
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, tt.examine().String()+"\n"+joined(tt.examine()), tt.want)
			require.NotEmpty(t, tt.examine().Faults)
		})
	}
}

func joined(r *audit.Report) (all string) {
	for _, f := range r.Faults {
		all += f + "\n"
	}
	return all
}

func TestSomeOfAPushIsNeitherAllNorNone(t *testing.T) {
	r := audit.Examine(audit.Evidence{
		Pushes: []audit.Push{{Names: []string{"n", "m"}, Outcome: audit.Unknown}},
		Jobs:   []audit.Job{{ID: 1, Name: "n", Status: 4}},
		Changes: []audit.Change{
			claimB, {Job: 1, From: 2, To: 4, Owner: "b", Token: 8, Attempts: 1, MoreAttempts: 1},
		},
		Runs:    []audit.Run{failedB},
		Daemons: []audit.Daemon{other},
	})
	require.Equal(t, []string{"of the push of n and 1 more 1 are stored: neither all nor none"}, r.Faults)
}

func TestLeasesThatWereLostWithoutCause(t *testing.T) {
	r := audit.Examine(audit.Evidence{Daemons: []audit.Daemon{
		{ID: "a", PID: killed, Dead: true, Why: "ended"},
		{ID: "b", PID: survivor, Dead: true, Why: "no beat seen for 2s by host, pid 11"},
		{ID: "c", PID: survivor, Dead: true, Why: "it stopped itself: the last good beat was sent 1.5s ago"},
		{ID: "d", PID: survivor},
	}})
	require.Equal(t, &audit.Report{FalselyCondemned: 1, GaveUp: 1, Lapsed: 2}, r)
}

func TestSummaryIsOneLine(t *testing.T) {
	r := story{rows: done, changes: []audit.Change{claimA, rescueA, claimB, finishB}, runs: []audit.Run{runA, runB}}.examine()
	require.Equal(t, "pushed 1, done 1, failed 0, lost 0, finished twice 0; executions 2, retried 0,"+
		" doubled 1 (explained: 1 cut off, 0 not recorded, 0 stale; unexplained 0);"+
		" recovered 1, released 0; declared dead 1, falsely 0, stopped themselves 0; late p50 4 ms, p99 4 ms", r.String())
}
