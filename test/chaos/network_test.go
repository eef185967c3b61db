//go:build unix

package chaos_test

import (
	"bytes"
	"time"
)

// disturbNetwork lets something happen to the connections of one daemon, and some of it
// to those of the pushers.
func (s *storm) disturbNetwork(f strike, victim *slot) {
	victim.process.Suffers(string(f.class))
	switch f.class {
	case cut:
		victim.proxy.Cut()
		s.pushing.Cut()
	case trickle:
		victim.proxy.CutRandomly(f.dice, 400_000)
		s.pushing.CutRandomly(f.dice, 100_000)
		s.after(f.lasts, s.pushing.Heal)
		s.after(f.lasts, victim.proxy.Heal)
	case partition:
		victim.proxy.Refuse()
		victim.proxy.Cut()
		s.after(f.lasts, victim.proxy.Heal)
	case slow:
		delay := time.Duration(5+f.dice%45) * time.Millisecond // of each piece, in both directions
		victim.proxy.Delay(delay)
		s.pushing.Delay(delay)
		s.after(f.lasts, s.pushing.Heal)
		s.after(f.lasts, victim.proxy.Heal)
	case reply:
		s.cutReply(f, victim)
	}
}

// cutReply cuts the connection right after the server did what it was asked for.
func (s *storm) cutReply(f strike, victim *slot) {
	statements := [][]string{
		{"UPDATE delay_queue_log", "SET status = 2"},      // a claim
		{"UPDATE delay_queue_log", "CASE"},                // outcomes
		{"UPDATE script_daemon", "SET seq"},               // a beat
		{"COMMIT"},                                        // outcomes with successors, or a push
		{"UPDATE delay_queue_log", "rescues = CASE WHEN"}, // jobs of a dead daemon
	}
	parts := statements[f.dice/16%uint64(len(statements))]
	match := func(request []byte) bool {
		for _, part := range parts {
			if !bytes.Contains(request, []byte(part)) {
				return false
			}
		}
		// Not the name of the isolation level.
		return parts[0] != "COMMIT" || bytes.HasSuffix(request, []byte("COMMIT"))
	}
	s.snares = append(s.snares, victim.proxy.CutReply(match), s.pushing.CutReply(match))
}

// repliesCut counts the snares that something fell into.
func (s *storm) repliesCut() (n int) {
	for _, caught := range s.snares {
		select {
		case <-caught:
			n++
		default:
		}
	}
	return n
}
