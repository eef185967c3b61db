package embedded_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"simplest_script/core/svc/embedded"
)

// Several programs of one home start at the same moment, in a folder whose name
// has characters that mean something elsewhere.
func TestNewDatabaseIsOpenedByManyAtOnce(t *testing.T) {
	for range 30 {
		dir := filepath.Join(t.TempDir(), "what? 100%")
		var all errgroup.Group
		for range 8 {
			all.Go(func() error {
				db, err := embedded.SQLite(t.Context(), dir)
				if err != nil {
					return err
				}
				defer db.Close()
				_, err = db.ExecContext(t.Context(), "CREATE TABLE IF NOT EXISTS t (id int)")
				return err
			})
		}
		require.NoError(t, all.Wait())
		require.FileExists(t, filepath.Join(dir, embedded.SQLiteFile))
	}
}

func TestReaderDoesNotWaitForTheWriter(t *testing.T) {
	dir := t.TempDir()
	db, err := embedded.SQLite(t.Context(), dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	_, err = db.ExecContext(t.Context(), "CREATE TABLE t (id int)")
	require.NoError(t, err)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "INSERT INTO t VALUES (1)")
	require.NoError(t, err)
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM t").Scan(&n))
	require.Zero(t, n)
	require.NoError(t, tx.Commit())
}

func TestFileThatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, embedded.SQLiteFile)
	require.NoError(t, os.WriteFile(path, []byte("this is certainly not the header of a database"), 0o644))
	_, err := embedded.SQLite(t.Context(), dir)
	require.ErrorContains(t, err, "opening "+path)
}
