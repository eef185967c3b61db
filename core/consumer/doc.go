// Package consumer works off messages: it takes them from the lanes of a source,
// keeps the order that is asked for, retries, dead-letters, and adds workers when
// messages pile up.
//
// Messages wait in runs. A run is what must be done in order: all messages of a
// lane (order partition), all messages of one key (order key), or a single
// message (order none). One worker at a time works on a run, so order needs no
// further care, and any worker can work on any run:
//
//	idle ──add──► ready ──take──► running ──empty──► idle
//	                ▲               │
//	                └──time over── parked (a failed message waits for its retry)
//
// A message is marked done on its lane only after its handler has returned nil or
// it has been dead-lettered; what is not marked comes again.
package consumer
