//go:build unix

package chaos_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/proxy"
	"simplest_script/test/rig"
	"simplest_script/test/rig/audit"
)

// storm is a load and the faults that it meets. One goroutine, that of the test, makes
// all of them; those that last are ended by it when their time has come.
type storm struct {
	*testing.T
	form
	*rig.World
	server  *rig.Server
	slots   []*slot
	lanes   []*lane
	pushing *proxy.Proxy // between the pushers and the database

	ends    []ending
	outages []audit.Span
	pausing
	struck  map[class]int
	cutting cutting
	brawl   *brawl
	meddler *meddler
	retrier *retrier
}

// ending is what ends a fault that lasts.
type ending struct {
	at  time.Time
	end func()
}

// Nothing is lost, nothing is finished twice, nothing starts early, and what a dead
// daemon had claimed is found again in time.
func TestDelayQueueInAStorm(t *testing.T) {
	if asked() {
		rig.MustOwnServer(t)
	}
	server := rig.OwnServer(t, fmt.Sprint("chaos", os.Getpid())) // two storms may rage at once
	f := formOf(t)
	t.Logf("seed %d: repeat this order of faults with CHAOS_SEED=%[1]d CHAOS_TIME=%v CHAOS_JOBS=%d CHAOS_DAEMONS=%d", f.seed, f.length, f.jobs, f.daemons)
	s := &storm{T: t, form: f, World: rig.New(t, sqldb.MySQL), server: server, struck: map[class]int{}}
	s.Patience = f.length + 2*time.Minute
	s.begin()
	s.rage(plan(f.seed, f.length, f.verdict))
	s.calm()

	e := s.Evidence()
	e.Requests, e.Outages, e.Within = s.meddler.requests, s.outages, s.within().Milliseconds()
	e.Retries = s.retrier.requests
	r := s.Judge(e)
	s.judgePauses(e)
	fmt.Fprintln(t.Output(), s.table(r))
	require.Equal(t, r.SetAside, r.Failed, "a job fails only where its daemons died too often")
	require.Equal(t, r.Pushed+r.OfThose+r.Keys+r.Successors, r.Done+r.Failed+r.Cancelled+r.Skipped)
	require.NotContains(t, []int{r.Committed, r.RolledBack, r.Abandoned}, 0, "transactions of those who push end in each way")
	require.Positive(t, r.Retries, "jobs are retried by hand")
	if s.logFull() {
		require.Positive(t, s.fullLogs(), "a daemon had no room for its log")
	}
	s.requireFaults(r)
}

// begin starts daemons and pushers, and those who meddle with jobs.
func (s *storm) begin() {
	s.pushing = s.newProxy()
	for i := range s.daemons {
		s.slots = append(s.slots, s.newSlot(i))
	}
	s.brawl = newBrawl(s.T, s.DB)
	s.meddler = newMeddler(s.T, s.DB, s.form)
	s.retrier = newRetrier(s.T, s.World)
	s.lanes = s.newLanes()
}

func (s *storm) newProxy() *proxy.Proxy {
	p, err := proxy.New(s.Server())
	require.NoError(s, err)
	s.Cleanup(func() { require.NoError(s, p.Close()) })
	s.cutting.watch(p)
	return p
}

// rage lets the faults strike, each at its time or as soon after it as it can.
func (s *storm) rage(strikes []strike) {
	began := time.Now()
	for _, next := range strikes {
		s.until(began.Add(next.at))
		for _, lane := range s.lanes {
			lane.look()
		}
		s.strike(next)
		s.struck[next.class]++
	}
	s.until(began.Add(s.length))
	for s.paused > 0 { // those that began late end late
		s.until(s.resumes)
	}
}

// until waits, and ends faults meanwhile.
func (s *storm) until(at time.Time) {
	for {
		slices.SortStableFunc(s.ends, func(a, b ending) int { return a.at.Compare(b.at) })
		next := at
		if len(s.ends) > 0 && s.ends[0].at.Before(at) {
			next = s.ends[0].at
		}
		<-time.After(time.Until(next))
		if len(s.ends) == 0 || s.ends[0].at.After(next) {
			return
		}
		end := s.ends[0].end
		s.ends = s.ends[1:]
		end()
	}
}

// after has a fault ended later.
func (s *storm) after(d time.Duration, end func()) {
	s.ends = append(s.ends, ending{time.Now().Add(d), end})
}

func (s *storm) strike(f strike) {
	victim := s.slots[1+f.dice%uint64(len(s.slots)-1)] // the first is spared
	switch f.class {
	case kill:
		victim.kill()
	case replace:
		victim.replace()
	case halt, doze:
		victim.halt(f.lasts)
	case cut, trickle, partition, reply, slow:
		s.disturbNetwork(f, victim)
	case deadlocks:
		s.brawl.start()
		s.endSpell(f.lasts)
	case pause:
		s.pause(f.lasts)
	case crash:
		s.away("killed", f.lasts, "kill", "start")
	case restart:
		s.away("stopped", f.lasts, "stop", "start")
	case freeze:
		s.away("halted", f.lasts, "pause", "resume")
	case orphan:
		s.lanes[f.dice%uint64(len(s.lanes))].orphan()
	}
}

// endSpell ends a spell of deadlocks later, and not before there was one in this storm.
func (s *storm) endSpell(lasts time.Duration) {
	s.after(lasts, func() {
		if s.brawl.succeeded() {
			s.brawl.pause()
		} else {
			s.endSpell(time.Second)
		}
	})
}

// ofDatabase begins what is done to daemons by way of their database.
const ofDatabase = "database "

// away takes the database from everybody.
func (s *storm) away(what string, lasts time.Duration, begin, end string) {
	from := time.Now()
	for _, slot := range s.slots {
		slot.process.Suffers(ofDatabase + what)
	}
	s.server.Do(begin)
	<-time.After(lasts)
	s.server.Do(end)
	s.outages = append(s.outages, audit.Span{From: from.UnixMilli(), To: time.Now().UnixMilli()})
}
