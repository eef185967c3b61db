//go:build unix

package chaos_test

import "simplest_script/test/rig"

// calm ends all faults, lets everything come to its end, and stops the daemons.
func (s *storm) calm() {
	for _, e := range s.ends {
		e.end()
	}
	s.ends = nil
	s.brawl.end()
	for _, slot := range s.slots {
		slot.proxy.Heal()
	}
	s.pushing.Heal()
	for _, lane := range s.lanes {
		lane.finish()
	}
	s.meddler.end()
	s.awaitEnds("every job has come to its end")
	s.retrier.finish(s.T)
	s.awaitEnds("every job that was retried last has come to its end")
	// Without this a change of what daemons print would make finish excuse every one of them.
	s.slots[0].process.Says(rig.Ready)
	for _, slot := range s.slots {
		slot.process.Terminate()
	}
	for _, slot := range s.slots {
		slot.finish()
	}
}

func (s *storm) awaitEnds(what string) {
	s.Await(what, func() bool {
		return s.Count("(SELECT 1 FROM delay_queue_log WHERE status IN (1, 2) LIMIT 1) unfinished") == 0
	})
}
