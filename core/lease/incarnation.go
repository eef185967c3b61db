package lease

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync/atomic"
	"time"
)

// Incarnation is one life of a daemon, from a row of its own to the loss of the
// lease or the end of the daemon. What it owns is marked with its id.
// All methods are safe for concurrent use.
type Incarnation struct {
	id     string
	begun  time.Duration // on the Boot clock
	good   atomic.Int64  // when the last beat was sent that the database confirmed, on the Boot clock
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// newIncarnation has a row whose writing was sent at begun. Its context keeps the
// values of ctx but not its end: what it owns is given up in the keeper's order.
func newIncarnation(ctx context.Context, id string, begun time.Duration) *Incarnation {
	i := &Incarnation{id: id, begun: begun}
	i.good.Store(int64(begun))
	i.ctx, i.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return i
}

// ID is 32 hexadecimal characters, random, never used again.
func (i *Incarnation) ID() string { return i.id }

// Context ends with the cause core.ErrLeaseLost when the lease is lost: others
// may do the same work from then on. It ends with context.Canceled when the
// keeper ended in good order.
func (i *Incarnation) Context() context.Context { return i.ctx }

// age is the time since the last good beat was sent.
func (i *Incarnation) age(now time.Duration) time.Duration {
	return now - time.Duration(i.good.Load())
}

func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
