package delayqueue

// Counted returns what a daemon would write of these events.
func Counted(events ...Event) []Statistic {
	s := newStatistics()
	for _, e := range events {
		s.observe(e)
	}
	changed, _ := s.take()
	return changed
}
