// Package crontab runs the entries of crontab_<partition>.json: it decides which
// tick of which entry is due, starts each run as a process of its own, and keeps
// the ledger of what became of it.
//
// The permission to run a tick is a row with the unique key (partition, entry,
// tick) and a token of its start. All daemons of a partition race for it; there is
// no leader and nothing to take over. A run goes through these states:
//
//	          ┌───────→ skipped, missed          decided without a start
//	due tick ─┤
//	          └→ starting ──→ running ──→ success, failed
//	                │            └──────→ lost ──→ success, failed
//	                └→ missed, failed, or starting under a new token
//
// starting means that somebody has the permission. Only the child itself makes
// running of it, as its first act and under the token it was started with; where
// the row no longer has that token it exits. So whoever finds an old starting row
// may give it a new token and start anew: of any number of children one works.
//
// A run outlives its daemon: it is this same program in a session of its own, it
// beats its row, ends itself at its timeout, and writes its own outcome. Daemons
// look for runs whose process is gone without an outcome. They judge by process
// id and start time where the run is in their own pid namespace, and otherwise by
// its beats, on their own watch.
package crontab
