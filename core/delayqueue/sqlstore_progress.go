package delayqueue

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// WriteProgress implements Store.
func (s *SQLStore) WriteProgress(ctx context.Context, all []Said) error {
	row := "(?,?,?," + s.db.Dialect.NowMillis() + ")"
	for chunk := range slices.Chunk(all, rowsPerCase) {
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
