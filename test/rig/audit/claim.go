package audit

import "simplest_script/core"

// ending is how a claim came to its end.
type ending string

const (
	open      ending = "open"      // it has none
	recorded  ending = "recorded"  // the outcome of a run was written: done, failed, or to be tried again
	released  ending = "released"  // given back by its owner
	rescued   ending = "rescued"   // its owner was dead
	condemned ending = "set aside" // its owner was dead, once too often
	unclaimed ending = "unclaimed" // there was none: nobody knows its kind, or it was cancelled before
	unstarted ending = "unstarted" // cancelled, skipped, or failed for want of attempts, without a run
)

// claim is the time in which a row belonged to one owner under one token.
type claim struct {
	job     uint64
	life    int // 1, and one more for each time that the job was retried by hand
	daemon  Daemon
	token   uint64
	due     int64
	attempt int // that it was made for
	began   int64
	ending  ending
	ended   int64
	status  core.DelayStatus // to which it ended
}

// claimsOf follows each row from claim to claim, and from life to life: again are the
// changes by which jobs were retried by hand. A change that does not fit to what was
// before is told to fault.
func claimsOf(changes []Change, daemons map[string]Daemon, fault func(format string, args ...any)) (all []*claim, again map[uint64][]Change) {
	again = map[uint64][]Change{}
	held := map[uint64]*claim{}
	for _, c := range changes {
		from, to := core.DelayStatus(c.From), core.DelayStatus(c.To)
		mine := held[c.Job]
		switch {
		case from == core.DelayWaiting && to == core.DelayRunning:
			daemon, known := daemons[c.Owner]
			if !known {
				fault("job %d was claimed by %s, which is no daemon", c.Job, c.Owner)
			}
			mine = &claim{job: c.Job, life: 1 + len(again[c.Job]), daemon: daemon, token: c.Token, due: c.Due, attempt: c.Attempts + 1, began: c.At, ending: open}
			held[c.Job] = mine
			all = append(all, mine)
		case from == core.DelayWaiting && (to == core.DelayFailed || to == core.DelayCancelled):
			all = append(all, &claim{job: c.Job, ending: unclaimed, ended: c.At, status: to})
		case from == core.DelayRunning && mine != nil:
			if mine.daemon.ID != c.Owner || mine.token != c.Token {
				fault("job %d left status 2 under the claim %s/%d, but it belonged to %s/%d", c.Job, c.Owner, c.Token, mine.daemon.ID, mine.token)
			}
			mine.ending, mine.ended, mine.status = endingOf(c), c.At, to
			delete(held, c.Job)
		case mayLiveAgain(from) && to == core.DelayWaiting:
			again[c.Job] = append(again[c.Job], c)
		default:
			fault("job %d went from %s to %s", c.Job, from, to)
		}
	}
	return all, again
}

// endingOf tells by what it added to the row what a change out of status 2 was.
func endingOf(c Change) ending {
	switch {
	case c.MoreRescues > 0:
		return rescued
	case c.MoreDeaths > 0:
		return condemned
	case c.MoreAttempts > 0:
	case c.To == int(core.DelayWaiting):
		return released
	case c.To == int(core.DelayCancelled), c.To == int(core.DelaySkipped), c.To == int(core.DelayFailed):
		return unstarted
	}
	return recorded
}
