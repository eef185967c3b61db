// Package redislist is the one room that knows how a Redis list is worked off. It
// brings the messages of a list to the consumers (Source) and loses none of them.
//
// Producers LPUSH, consumers take from the right, and what is taken stays in Redis
// until it is done:
//
//	LPUSH ─► list ──fetch──► batch ──acknowledge──► gone
//	          ▲                │  │
//	   read before the list    │  └──dead──► dead list
//	          │                │
//	       returned ◄──return──┤   (the daemon stops: no attempt is used up)
//	          ▲                │
//	          └──────reap──────┘   (its deadline has passed: one attempt is)
//
// Each fetch makes one batch: a list of its own, named by who fetches and a number,
// with a deadline by the clock of Redis in a sorted set. Whoever lives renews its
// deadlines; whoever finds one that has passed puts its messages back. Each arrow
// is one script, so it happens as a whole or not at all, and each may be sent twice
// without harm, because go-redis sends again what was not answered.
//
// A batch holds payloads as they were pushed, behind one head that gives them their
// ids, because a word added to each message would cost as much as all the rest. Only
// what comes back is written as "attempt id payload", into a list of its own. The
// list itself holds what producers pushed and nothing else: no payload can be
// mistaken for anything.
package redislist
