// Package consumer works off messages: it takes them from the lanes of a source,
// keeps the order that is asked for, retries, dead-letters, and adds workers when
// messages pile up.
//
// Messages wait in runs. A run is what must be done in order: all messages of a
// lane (order partition) or all messages of one key (order key). One worker at a
// time works on a run, so order needs no further care, and any worker can work on
// any run. Messages that need no order (order none, and those without a key) lie in
// loose runs, which are divided between workers:
//
//	idle ──add──► ready ──take──► running ──empty──► idle
//	                ▲               │
//	                └──time over── parked (a failed message waits for its retry)
//
// Quick messages go through in slices: nothing is paid for each message that can be
// paid for many (see hand). Slow ones hold up nothing but what must wait for them.
//
// A message is marked done on its lane only after its handler has returned nil or
// it has been dead-lettered; what is not marked comes again.
package consumer
