//go:build unix

package chaos_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

// form is how large a storm is.
type form struct {
	seed    uint64 // of the order of the faults
	length  time.Duration
	jobs    int
	each    int // jobs in one push
	daemons int
	verdict time.Duration // after which silence a daemon is dead
	scan    time.Duration // between two looks at who is dead, and at what they held
	lease   []string      // variables of the daemons
}

// use is how long one use of the database may take a daemon.
const use = 4 * time.Second

// within is how soon jobs of a dead daemon must be found again, while the database
// answers: after a verdict, a look that has just been missed and one that comes too
// late for it, and a use of the database that takes its time. With the default lease
// these are the 15 s that are promised.
func (f form) within() time.Duration { return f.verdict + 2*f.scan + use }

// heeds is how soon a daemon to which nothing is done must know that a kind is paused, and
// have started the last job of it, while the database answers: after a look that has just
// been missed and what it was asked besides, and a use of the database that takes its time.
func (f form) heeds() time.Duration { return 2*f.scan + use }

// whole tells whether the storm is large enough to have each of its faults: no smaller
// than the short form.
func (f form) whole() bool { return f.length >= 10*f.verdict && f.jobs >= 6000 && f.daemons >= 3 }

// asked tells whether somebody wants a storm, and not all tests.
func asked() bool {
	return slices.ContainsFunc([]string{"CHAOS_SEED", "CHAOS_TIME", "CHAOS_JOBS", "CHAOS_DAEMONS"}, func(name string) bool { return os.Getenv(name) != "" })
}

// formOf reads CHAOS_SEED, CHAOS_TIME, CHAOS_JOBS and CHAOS_DAEMONS. A storm that lasts
// minutes has the default lease, a short one that of the rig.
func formOf(t *testing.T) form {
	f := form{seed: rand.Uint64(), length: 20 * time.Second, jobs: 6000, each: 50, daemons: 3, verdict: 2 * time.Second, scan: 500 * time.Millisecond}
	var err error
	read := func(name string, parse func(string) error) {
		if s := os.Getenv(name); s != "" {
			require.NoError(t, parse(s), name)
		}
	}
	read("CHAOS_SEED", func(s string) error { f.seed, err = strconv.ParseUint(s, 10, 64); return err })
	read("CHAOS_TIME", func(s string) error { f.length, err = time.ParseDuration(s); return err })
	read("CHAOS_JOBS", func(s string) error { f.jobs, err = strconv.Atoi(s); return err })
	read("CHAOS_DAEMONS", func(s string) error { f.daemons, err = strconv.Atoi(s); return err })
	require.GreaterOrEqual(t, f.daemons, 2, "one daemon is spared, so that somebody can find out about the others")
	if f.length >= 2*time.Minute {
		normal := conf.Default()
		f.each, f.verdict, f.scan = 500, normal.Lease.Verdict, normal.Lease.Scan
		for name, d := range map[string]time.Duration{
			"LEASE_BEAT": normal.Lease.Beat, "LEASE_STOP": normal.Lease.Stop, "LEASE_VERDICT": normal.Lease.Verdict, "LEASE_SCAN": normal.Lease.Scan,
			"DELAYQUEUE_SCAN": normal.DelayQueue.Scan,
		} {
			f.lease = append(f.lease, fmt.Sprintf("SCRIPT_%s=%v", name, d))
		}
	}
	return f
}

// Nobody loosens the bar by a change of the lease, of its looks, or of this suite: with
// the default lease what a dead daemon held is found again within the 15 s that are
// promised, and a storm that lasts minutes has that lease.
func TestBoundOfRecoveryIsThePromisedOne(t *testing.T) {
	for length, want := range map[string]time.Duration{"20s": 7 * time.Second, "119s": 7 * time.Second, "2m": 15 * time.Second, "10m": 15 * time.Second} {
		t.Setenv("CHAOS_TIME", length)
		f := formOf(t)
		require.Equal(t, want, f.within(), length)
		if want == 15*time.Second {
			require.ElementsMatch(t, []string{
				"SCRIPT_LEASE_BEAT=2s", "SCRIPT_LEASE_STOP=7s", "SCRIPT_LEASE_VERDICT=9s", "SCRIPT_LEASE_SCAN=1s", "SCRIPT_DELAYQUEUE_SCAN=1s",
			}, f.lease, length)
		} else {
			require.Empty(t, f.lease, "those of the rig, which the short form's verdict is")
		}
	}
}
