package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/test/rig/audit"
)

// twoLives is a job that fails for good, is retried by hand, and is done.
func twoLives() audit.Evidence {
	fail, again := finishB, audit.Change{Job: 1, At: 200, From: 4, To: 1, MoreAttempts: -1}
	fail.To = int(core.DelayFailed)
	claim := audit.Change{Job: 1, From: 1, To: 2, Owner: "b", Token: 9, Due: 210}
	finish := audit.Change{Job: 1, From: 2, To: 3, Owner: "b", Token: 9, Attempts: 1, MoreAttempts: 1}
	return audit.Evidence{
		Pushes:  []audit.Push{confirmed("n", 1)},
		Jobs:    done,
		Retries: []audit.Retry{{Job: 1, Sure: true, Answer: delayqueue.Changed}},
		Changes: []audit.Change{claimB, fail, again, claim, finish},
		Runs:    []audit.Run{failedB, {PID: survivor, Job: 1, Attempt: 1, Due: 210, Start: 211, End: 212}},
		Daemons: []audit.Daemon{victim, other}, Disturbed: map[int]bool{killed: true},
	}
}

func TestEachLifeHasOneEnd(t *testing.T) {
	r := audit.Examine(twoLives())
	require.Empty(t, r.Faults)
	require.Equal(t, &audit.Report{
		Pushed: 1, Done: 1, Runs: 2, Retries: 1, Revived: 1, RunsAgain: 1, Condemned: 1, LateP50: 4, LateP99: 4, LateMax: 4,
	}, r)

	unanswered := twoLives()
	unanswered.Retries[0].Sure = false
	r = audit.Examine(unanswered)
	require.Empty(t, r.Faults, "it may have been granted")
	require.Equal(t, 1, r.Revived, "it was")

	asked := twoLives()
	asked.Retries = append(asked.Retries, audit.Retry{Job: 1, Sure: true, Answer: delayqueue.Unfinished}, audit.Retry{Job: 1})
	require.Empty(t, audit.Examine(asked).Faults, "what was refused or lost began no life")
}

func TestLivesThatBreakAPromise(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*audit.Evidence)
		want   string
	}{
		"a life that nobody asked for": {
			func(e *audit.Evidence) { e.Retries = nil },
			"job 1 began another life 1 times, and was asked to 0 times",
		},
		"a life that was promised": {
			func(e *audit.Evidence) { e.Retries = append(e.Retries, e.Retries[0]) },
			"job 1 was said to be tried again by hand 2 times, and was 1 times",
		},
		"none at all of those that were promised": {
			func(e *audit.Evidence) { e.Jobs[0].Status, e.Changes, e.Runs = 4, e.Changes[:2], e.Runs[:1] },
			"job 1 was said to be tried again by hand 1 times, and was 0 times",
		},
		"no end of the second life": {
			func(e *audit.Evidence) { e.Jobs[0].Status, e.Changes, e.Runs = 1, e.Changes[:3], e.Runs[:1] },
			`n (job 1) did not come to an end: waiting, owner ""`,
		},
		"one end for two lives": {
			func(e *audit.Evidence) { e.Changes = e.Changes[:4] },
			"n (job 1) came to its end 1 times in 2 lives",
		},
		"two ends of the second life": {
			func(e *audit.Evidence) { e.Changes = append(e.Changes, audit.Change{Job: 1, From: 1, To: 4}) },
			"n (job 1) came to its end 3 times in 2 lives",
		},
		"a second life of one that was done": {
			func(e *audit.Evidence) { e.Changes[1].To, e.Changes[2].From = 3, 3 },
			"job 1 went from done to waiting",
		},
		"run again in the first life": {
			func(e *audit.Evidence) { e.Runs = append(e.Runs, failedB) },
			"job 1: pid 12 ran attempt 1, due at 100, 2 times, of which 1 are recorded, and 0 claims were lost",
		},
		"run again in the second life": {
			func(e *audit.Evidence) { e.Runs = append(e.Runs, e.Runs[1]) },
			"job 1: pid 12 ran attempt 1, due at 210, 2 times, of which 1 are recorded, and 0 claims were lost",
		},
		"done in the second life without a run": {
			func(e *audit.Evidence) { e.Runs = e.Runs[:1] },
			"job 1 has 1 outcomes of attempt 1 by pid 12, which ran it 0 times",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := twoLives()
			e.Jobs = append([]audit.Job(nil), e.Jobs...)
			tt.change(&e)
			require.Contains(t, audit.Examine(e).Faults, tt.want)
		})
	}
}

func TestSetAsideInAnEarlierLife(t *testing.T) {
	e := twoLives()
	e.Changes = append([]audit.Change{claimA, setAsideA}, e.Changes[2:]...)
	e.Runs[0] = runA
	r := audit.Examine(e)
	require.Empty(t, r.Faults)
	require.Equal(t, []int{0, 0, 1, 1}, []int{r.SetAside, r.Failed, r.Freed, r.Done}, "it is done in the end")
}

func TestCancelledHoldsUntilSomebodyRetries(t *testing.T) {
	changes, runs := once(1)
	e := audit.Evidence{
		Pushes: []audit.Push{confirmed("n", 1)}, Jobs: done, Runs: runs, Daemons: []audit.Daemon{other},
		Requests: []audit.Request{{Job: 1, At: 60, Sure: true, Answer: delayqueue.Changed}},
		Retries:  []audit.Retry{{Job: 1, Sure: true, Answer: delayqueue.Changed}},
		Changes:  append([]audit.Change{{Job: 1, At: 50, From: 1, To: 6}, {Job: 1, At: 80, From: 6, To: 1}}, changes...),
	}
	r := audit.Examine(e)
	require.Empty(t, r.Faults)
	require.Equal(t, 1, r.Retries)
}
