package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/sqlfault"
)

// A second push of the same file begins before the first has asked for its mark, before
// its first batch, and between two batches: it pushes nothing, and does the first no harm.
func TestPushFileLeavesItToThePushThatIsUnderWay(t *testing.T) {
	for _, transaction := range []int{1, 2, 3} {
		eachPushTest(t, 1200, func(p *pushTest) {
			second := &pushTest{T: p.T, db: p.db, faults: sqlfault.New(p.T), kept: p.kept, text: p.text}
			var refused error
			p.faults.Before("BEGIN", transaction, func() { refused = second.push() })
			require.NoError(p, p.push())
			require.ErrorContains(p, refused, "another push is under way and keeps in "+p.kept+" how far it is: nothing was pushed by this one")
			p.requireOnce(1200)
			require.Contains(p, p.out.String(), "1200 jobs pushed\n")
			left, err := os.ReadDir(filepath.Dir(p.kept))
			require.NoError(p, err)
			require.Empty(p, left)
		})
	}
}

// What a killed push has left behind, locked by nobody, stands in nobody's way.
func TestPushFileGoesOnWhereAKilledOneLeftItsLock(t *testing.T) {
	eachPushTest(t, 3, func(p *pushTest) {
		require.NoError(p, os.WriteFile(p.kept+".lock", nil, 0o600))
		require.NoError(p, p.push())
		p.requireOnce(3)
		require.NoFileExists(p, p.kept+".lock")
	})
}

// The push that held the lock removes its file after the next one has opened that: the
// next one must not take it, since a third would lock another file of the same name.
func TestTheLockOfAFileThatHasLostItsNameIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress")
	lock, err := lockProgress(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(lock.Path()))
	current, err := lockIsCurrent(lock)
	require.NoError(t, err)
	require.False(t, current, "its name is gone")
	third, err := lockProgress(path)
	require.NoError(t, err)
	current, err = lockIsCurrent(lock)
	require.NoError(t, err)
	require.False(t, current, "another file has its name")
	require.NoError(t, unlockProgress(third))
	require.NoError(t, lock.Unlock())
}
