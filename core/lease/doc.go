// Package lease tells daemons that live from daemons that are dead, by what they
// do to one row each of the table script_daemon.
//
// A daemon works as an incarnation: a random id that is never used again, with a
// row that carries a counter. The daemon beats by counting up. Every daemon also
// judges the others: one whose counter stood still for a whole verdict time, on
// the judge's own watch, is declared dead. No clock is ever compared with another
// one, neither a database's nor that of another machine.
//
//	 sent the last good beat       own stop               verdict
//	──────────┬───────────────────────┬──────────────────────┬──────────▶
//	          0                      7 s                 9 s or later
//
// A daemon that cannot beat stops its own work before others may declare it
// dead. The time of the own stop counts from when the last good beat was sent,
// the time of the verdict from when its effect was seen, which is always later.
// Both directions of doubt therefore fall on the safe side while the daemon runs.
// One that does not run at all, since its process or its machine was halted,
// cannot stop in time; what it writes later must be fenced by its writer.
//
// What a dead incarnation owned is for others to find: a claim of it may be
// committed even after the verdict, so that a rescue is a standing search for
// work whose owner does not live, not an act at the time of a verdict.
package lease
