package delayqueue

import (
	"context"

	"simplest_script/core"
)

// Receipt is what became of one job of a push.
type Receipt struct {
	ID uint64
	// Existed says that nothing was stored: ID is the job that has the unique key.
	Existed bool
}

// pushStore takes jobs in.
type pushStore interface {
	// Push stores all the jobs, or none, and answers in their order. An error that
	// wraps core.ErrUnknownOutcome leaves open which of the two happened; where each
	// job has a unique key, Push finds that out itself.
	Push(ctx context.Context, jobs []core.DelayQueuePushParams) ([]Receipt, error)
	// PushTx is Push as a part of the caller's transaction. Nothing is tried again.
	PushTx(ctx context.Context, tx Tx, jobs []core.DelayQueuePushParams) ([]Receipt, error)
	// FreeKeys frees the unique keys whose time is over among the next limit of those
	// that are taken, in the order of their hashes. It returns the hash to go on
	// after, nil at the end.
	FreeKeys(ctx context.Context, after []byte, limit int) (next []byte, freed int, err error)
}

// idsOf returns the ids of the receipts.
func idsOf(receipts []Receipt) []uint64 {
	ids := make([]uint64, len(receipts))
	for i, r := range receipts {
		ids[i] = r.ID
	}
	return ids
}
