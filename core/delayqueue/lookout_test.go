package delayqueue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/lease"
)

// rollout is a partition during a rolling release, as the lookout of one daemon sees
// it: a new kind has overdue jobs, and the daemon that knows it may not be up yet.
type rollout struct {
	Store  // the lookout uses Unknown and FailUnknown alone
	keeper // it uses Living and LivingAt alone

	t         *testing.T
	lookout   *lookout
	local     *bootClock
	away      bool // the database is, for everybody
	blind     bool // the judge cannot read the list of the daemons
	announced []string
	failed    int

	living   []lease.Daemon
	livingAt time.Duration
}

var errGone = errors.New("the database is away")

func (r *rollout) Living() []lease.Daemon  { return r.living }
func (r *rollout) LivingAt() time.Duration { return r.livingAt }

func (r *rollout) Unknown(_ context.Context, known []string) (map[string]int64, error) {
	if r.away {
		return nil, errGone
	}
	for _, k := range known {
		if k == "new" {
			return map[string]int64{}, nil
		}
	}
	return map[string]int64{"new": 1}, nil
}

func (r *rollout) FailUnknown(_ context.Context, kind, reason string, _ int) (int, error) {
	require.Equal(r.t, "new", kind)
	require.Contains(r.t, reason, `no running daemon has a handler named "new"; this one has: old`)
	r.failed++
	return 1, nil
}

func newRollout(t *testing.T) *rollout {
	r := &rollout{t: t, local: &bootClock{boot: time.Hour}}
	e := &Engine{
		cfg: Config{}.withDefaults(), store: r, keeper: r, local: r.local, log: zap.NewNop(),
		clock: &dbClock{local: r.local, often: r.local}, order: []*kind{{name: "old"}},
	}
	e.clock.learn(r.local.boot.Microseconds(), time.Hour.Microseconds(), time.Hour.Microseconds()) // well after the due time of the jobs
	r.lookout = &lookout{Engine: e, unknown: map[string]time.Duration{}}
	return r
}

// pass lets time pass for a daemon that runs: its judge reads each second, its
// lookout looks every five.
func (r *rollout) pass(d time.Duration) {
	r.t.Helper()
	for range d / unknownEvery {
		for range unknownEvery / time.Second {
			r.local.boot += time.Second
			r.judge()
		}
		r.look()
	}
}

func (r *rollout) judge() {
	if !r.away && !r.blind {
		r.living, r.livingAt = []lease.Daemon{{Identity: lease.Identity{Kinds: r.announced}}}, r.local.boot
	}
}

func (r *rollout) look() {
	r.t.Helper()
	r.local.boot += time.Millisecond
	if err := r.lookout.failUnknown(r.t.Context()); r.away {
		require.ErrorIs(r.t, err, errGone)
	} else {
		require.NoError(r.t, err)
	}
}

func TestKindIsFailedOnlyAfterAWhileWithoutADaemon(t *testing.T) {
	r := newRollout(t)
	r.pass(time.Minute)
	require.Zero(t, r.failed)
	r.pass(2 * unknownEvery)
	require.NotZero(t, r.failed)
}

func TestKindThatIsAnnouncedWithinTheWhileIsNotFailed(t *testing.T) {
	r := newRollout(t)
	r.pass(50 * time.Second)
	r.announced = []string{"new"}
	r.pass(10 * time.Minute)
	require.Zero(t, r.failed)

	r.announced = nil // it goes away again: the while begins anew
	r.pass(time.Minute)
	require.Zero(t, r.failed)
	r.pass(2 * unknownEvery)
	require.NotZero(t, r.failed)
}

// While the database is away no daemon can announce anything. When it is back the
// statement of this daemon may be quicker than that of the one that waits for it.
func TestOutageIsNoTimeInWhichADaemonCouldHaveAnnouncedItsKinds(t *testing.T) {
	for name, judgeIsFirst := range map[string]bool{"judge first": true, "lookout first": false} {
		t.Run(name, func(t *testing.T) {
			r := newRollout(t)
			r.pass(40 * time.Second)
			r.away = true
			r.pass(10 * time.Minute)
			r.away = false
			if judgeIsFirst {
				r.judge()
			}
			r.look()
			require.Zero(t, r.failed)
			r.announced = []string{"new"}
			r.pass(10 * time.Minute)
			require.Zero(t, r.failed)
		})
	}
}

// A halted process, or a machine that is suspended, wakes up with a list of the
// daemons from before.
func TestHaltIsNoTimeInWhichADaemonCouldHaveAnnouncedItsKinds(t *testing.T) {
	r := newRollout(t)
	r.pass(40 * time.Second)
	r.local.boot += time.Hour
	r.announced = []string{"new"} // meanwhile, and not yet read
	r.look()
	require.Zero(t, r.failed)
	r.pass(10 * time.Minute)
	require.Zero(t, r.failed)
}

func TestNoKindIsFailedWhileTheListOfDaemonsCannotBeRead(t *testing.T) {
	for name, before := range map[string]time.Duration{"from the start": 0, "after a while": 30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			r := newRollout(t)
			r.pass(before)
			r.blind = true
			r.announced = []string{"new"}
			r.pass(time.Hour)
			require.Zero(t, r.failed)
			r.blind = false
			r.pass(10 * time.Minute)
			require.Zero(t, r.failed)
		})
	}
}
