package redislist

import "time"

const (
	fewest      = 64
	mostFetched = 4000 // the server's Lua passes fewer than 8,000 values at once
	fetchBytes  = 4 << 20
	quick       = 250 * time.Millisecond
	slow        = time.Second
	ahead       = 4 // batches that may be out
)

// pace says how many messages a fetch should bring: about as many as are done in a
// second at most, so that a daemon with slow handlers does not keep from others
// what it cannot begin, and a crash repeats little. It grows while batches are done
// quickly, as far as the caller wants.
type pace struct {
	size int
	each int // bytes of a message, of the last batch
}

func newPace() pace { return pace{size: fewest} }

// most is how many messages to fetch where the caller wants up to n.
func (p *pace) most(n int) int {
	most := min(n, p.size, mostFetched)
	if p.each > 0 {
		most = min(most, fetchBytes/p.each)
	}
	return max(most, 1)
}

// full tells whether enough messages are out for a caller that wants up to n.
func (p *pace) full(waiting, n int) bool { return waiting > (ahead-1)*p.most(n) }

// fetched notes what a batch weighs.
func (p *pace) fetched(messages, bytes int) {
	if messages > 0 {
		p.each = bytes / messages
	}
}

// finished notes how long a batch was out. Only one that was as large as allowed
// is a reason for larger ones.
func (p *pace) finished(messages int, took time.Duration) {
	switch {
	case took < quick && messages >= p.size:
		p.size = min(2*p.size, mostFetched)
	case took > slow:
		p.size = max(p.size/2, fewest)
	}
}
