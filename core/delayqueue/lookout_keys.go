package delayqueue

import (
	"context"

	"go.uber.org/zap"
)

// keyChunks bounds how many thousands of unique keys one look passes over, so that
// it stays short however many keys are taken.
const keyChunks = 10

// freeKeys frees unique keys whose time is over, along the index of their hashes: a
// push frees what it wants by itself, but a plain INSERT cannot. Each daemon begins
// somewhere else and goes round.
func (l *lookout) freeKeys(ctx context.Context) error {
	for range keyChunks {
		freed := 0
		err := l.within(ctx, func(ctx context.Context) (err error) {
			l.keys, freed, err = l.store.FreeKeys(ctx, l.keys, RowsPerList)
			return err
		})
		if err != nil {
			return err
		}
		if freed > 0 {
			l.log.Debug("freed unique keys whose time is over", zap.Int("keys", freed))
		}
		if l.keys == nil {
			return nil
		}
	}
	return nil
}
