//go:build unix

package chaos_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
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

// statement is how long one use of the database may take a daemon.
const statement = 4 * time.Second

// within is how soon jobs of a dead daemon must be found again, while the database
// answers: after a verdict, a look that has just been missed and one that comes too
// late for it, and a use of the database that takes its time. With the default lease
// these are the 15 s that are promised.
func (f form) within() time.Duration { return f.verdict + 2*f.scan + statement }

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
		f.each, f.verdict, f.scan = 500, 9*time.Second, time.Second
		f.lease = []string{"SCRIPT_LEASE_BEAT=2s", "SCRIPT_LEASE_STOP=7s", "SCRIPT_LEASE_VERDICT=9s", "SCRIPT_LEASE_SCAN=1s", "SCRIPT_DELAYQUEUE_SCAN=1s"}
	}
	return f
}
