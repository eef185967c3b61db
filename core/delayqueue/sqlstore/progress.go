package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/delayqueue"
)

// WriteProgress implements Store.
func (s *Store) WriteProgress(ctx context.Context, all []delayqueue.Said) error {
	row := "(?,?,?," + s.db.Dialect.NowMillis() + ")"
	for chunk := range slices.Chunk(all, delayqueue.RowsPerGroup) {
		var args []any
		for _, said := range chunk {
			args = append(args, said.ID, said.Percent, strings.ToValidUTF8(said.Text, "\uFFFD"))
		}
		_, err := s.db.ExecContext(ctx, "REPLACE INTO script_delay_progress (job_id, percent, text, updated_at) VALUES "+row+strings.Repeat(","+row, len(chunk)-1), args...)
		if err != nil {
			return fmt.Errorf("writing the progress of %d jobs: %w", len(chunk), err)
		}
	}
	return nil
}
