package delayqueue

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"simplest_script/core"
)

// generation is the time under one incarnation of this daemon.
type generation struct {
	owner string
	// ctx ends with the cause core.ErrLeaseLost when the lease is lost and with
	// core.ErrDrain when the time for running work is over.
	ctx context.Context
	// holds tells whether the lease holds at this moment. After a halt of the process
	// it says no before ctx has ended.
	holds func() bool
	asked atomic.Int64 // when holds last said yes, in microseconds of the engine's clock
}

// holdsAt is holds, asked no more than once in a millisecond: ten thousand jobs
// may begin in one.
func (g *generation) holdsAt(micros int64) bool {
	const fresh = 1000
	if age := micros - g.asked.Load(); age >= 0 && age < fresh {
		return true
	}
	if !g.holds() {
		return false
	}
	g.asked.Store(micros)
	return true
}

// job is a claimed row on its way through this daemon. What its handler is given
// is made when it is claimed, not when it is due.
type job struct {
	Row
	kind *kind
	gen  *generation
	task core.Task
	ctx  attemptContext

	started bool // given to a slot; guarded by hand.mu, as the next
	seat    int  // in the active jobs of its kind
}

func (j *job) held() Held { return Held{j.ID, j.Token} }

// newJobs makes jobs of claimed rows, some tens in one allocation: all of a claim in
// one would stay in memory as long as the slowest of them.
func newJobs(rows []Row, k *kind, g *generation) []*job {
	const slab = 32
	jobs := make([]*job, len(rows))
	var free []job
	for i := range rows {
		if len(free) == 0 {
			free = make([]job, min(slab, len(rows)-i))
		}
		j := &free[0]
		free = free[1:]
		j.begin(rows[i], k, g)
		jobs[i] = j
	}
	return jobs
}

func (j *job) begin(r Row, k *kind, g *generation) {
	j.Row, j.kind, j.gen = r, k, g
	t := &j.task
	t.ID, t.ExecCmd, t.Name = strconv.FormatUint(r.ID, 10), k.name, r.Name
	t.Payload, j.Params = []byte(r.Params), ""
	t.Attempt, t.MaxAttempts = r.Attempts+1, firstPositive(r.MaxAttempts, k.limits.MaxAttempts)
	t.DueAt = time.UnixMilli(r.Due)
	t.AllowSuccessors()
	j.ctx.parent, j.ctx.task, j.ctx.timeout = g.ctx, t, firstPositive(r.Timeout, k.limits.Timeout)
}

// usedUp tells whether the job has no attempt left. The daemon that records an error
// sees to that itself; but the last attempt may have ended with its daemon, and a limit
// may be lowered while a job waits for its next one.
func (j *job) usedUp() bool { return j.task.Attempt > j.task.MaxAttempts }

// late returns how long after its due time the job began, at a Unix microsecond.
func (j *job) late(began int64) time.Duration {
	return time.Duration(began-j.Due*1000) * time.Microsecond
}
