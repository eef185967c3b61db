//go:build unix

package chaos_test

import (
	"bytes"
	"sync/atomic"
	"time"

	"simplest_script/test/proxy"
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

// statement is one whose reply is cut; it contains all the parts.
type statement struct {
	name  string
	parts []string
}

// statements are those whose replies are cut.
var statements = [...]statement{
	{"claims", []string{"UPDATE delay_queue_log", "SET status = 2"}},
	{"outcomes", []string{"UPDATE delay_queue_log", "SET update_time"}},
	{"beats", []string{"UPDATE script_daemon", "SET seq"}},
	{"commits", []string{"COMMIT"}}, // outcomes with successors, or a push
	{"rescues", []string{"UPDATE delay_queue_log", "rescues = CASE WHEN"}},
}

// rescues is the place of those that free the jobs of a dead daemon.
const rescues = len(statements) - 1

func (w statement) in(request []byte) bool {
	for _, part := range w.parts {
		if !bytes.Contains(request, []byte(part)) {
			return false
		}
	}
	// Not the name of the isolation level.
	return w.parts[0] != "COMMIT" || bytes.HasSuffix(request, []byte("COMMIT"))
}

// cutting is what becomes of the replies that are to be cut.
type cutting struct {
	snares []<-chan struct{}
	seen   [len(statements)]atomic.Int64 // statements that passed a proxy
	aimed  [len(statements)]int          // strikes
}

// watch counts what passes a proxy. One who rewrites a statement of the product, so that
// none is recognised any more, is to hear of it.
func (c *cutting) watch(p *proxy.Proxy) {
	p.CutReply(func(request []byte) bool {
		for i := range statements {
			if statements[i].in(request) {
				c.seen[i].Add(1)
			}
		}
		return false
	})
}

// cutReply cuts the connection right after the server did what it was asked for.
func (s *storm) cutReply(f strike, victim *slot) {
	i := f.dice / 16 % uint64(len(statements))
	s.cutting.aimed[i]++
	s.cutting.snares = append(s.cutting.snares, victim.proxy.CutReply(statements[i].in), s.pushing.CutReply(statements[i].in))
}

// cut counts the snares that something fell into.
func (c *cutting) cut() (n int) {
	for _, caught := range c.snares {
		select {
		case <-caught:
			n++
		default:
		}
	}
	return n
}
