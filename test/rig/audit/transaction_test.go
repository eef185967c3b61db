package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig/audit"
)

// transacted is the push of one job in a transaction of the caller's.
func transacted(outcome audit.PushOutcome) audit.Evidence {
	changes, runs := once(1)
	push := audit.Push{Names: []string{"n"}, IDs: []uint64{1}, Outcome: outcome, Tx: true}
	e := audit.Evidence{Pushes: []audit.Push{push}, Daemons: []audit.Daemon{other}}
	if !outcome.Nothing() {
		e.Business, e.Jobs, e.Changes, e.Runs = []string{"n"}, done, changes, runs
	}
	return e
}

func TestJobOfATransactionIsThereWhereItsRowIs(t *testing.T) {
	for outcome, want := range map[audit.PushOutcome]audit.Report{
		audit.Confirmed:  {Pushed: 1, Committed: 1},
		audit.Unknown:    {Unsure: 1, OfThose: 1, Committed: 1},
		audit.Refused:    {},
		audit.RolledBack: {RolledBack: 1},
		audit.Abandoned:  {Abandoned: 1},
	} {
		r := audit.Examine(transacted(outcome))
		require.Empty(t, r.Faults, outcome)
		want.Done, want.Runs = want.Committed, want.Committed
		want.LateP50, want.LateP99, want.LateMax = r.LateP50, r.LateP99, r.LateMax
		require.Equal(t, &want, r, outcome)
	}
	neither := transacted(audit.RolledBack)
	neither.Pushes[0].Outcome = audit.Unknown
	require.Empty(t, audit.Examine(neither).Faults, "who could not tell may have stored nothing")
}

func TestTransactionThatWasTorn(t *testing.T) {
	for name, tt := range map[string]struct {
		outcome audit.PushOutcome
		tear    func(*audit.Evidence)
		want    string
		lost    int
	}{
		"the row without its job": {
			audit.Unknown, func(e *audit.Evidence) { e.Jobs, e.Changes, e.Runs = nil, nil, nil },
			"the caller's row of n was committed, and its job is not there", 1,
		},
		"a confirmed row without its job is one loss": {
			audit.Confirmed, func(e *audit.Evidence) { e.Jobs, e.Changes, e.Runs = nil, nil, nil },
			"the caller's row of n was committed, and its job is not there", 1,
		},
		"the job without its row": {
			audit.Unknown, func(e *audit.Evidence) { e.Business = nil },
			"the job n is there, and the caller's row of its transaction is not", 0,
		},
		"rolled back, and the job is there": {
			audit.RolledBack, func(e *audit.Evidence) { e.Jobs = done; e.Changes, e.Runs = once(1) },
			"n is there although its push said that nothing was stored", 0,
		},
		"died before the commit, and both are there": {
			audit.Abandoned, func(e *audit.Evidence) { e.Business, e.Jobs = []string{"n"}, done; e.Changes, e.Runs = once(1) },
			"the caller's row of n is there although its transaction was abandoned", 0,
		},
		"rolled back, and the job ran": {
			audit.RolledBack, func(e *audit.Evidence) { _, e.Runs = once(1) },
			"job 1: pid 12 ran attempt 1, due at 100, 1 times, of which 0 are recorded, and 0 claims were lost", 0,
		},
		"committed, and neither is there": {
			audit.Confirmed, func(e *audit.Evidence) { e.Business, e.Jobs, e.Changes, e.Runs = nil, nil, nil, nil },
			"the caller's row of n was confirmed and is not there", 1,
		},
		"a row that nobody wrote": {
			audit.Confirmed, func(e *audit.Evidence) { e.Business = append(e.Business, "m") },
			"the caller's row of m was written by nobody", 0,
		},
		"the job of a committed row did not end": {
			audit.Confirmed, func(e *audit.Evidence) {
				e.Jobs, e.Changes, e.Runs = []audit.Job{{ID: 1, Name: "n", Status: 1}}, nil, nil
			},
			`n (job 1) did not come to an end: waiting, owner ""`, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := transacted(tt.outcome)
			tt.tear(&e)
			r := audit.Examine(e)
			require.Contains(t, r.Faults, tt.want)
			require.Equal(t, tt.lost, r.Lost)
		})
	}
}
