package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

// pushTest is a file of jobs, and a database whose statements can be struck.
type pushTest struct {
	*testing.T
	db     *sqldb.DB
	faults *sqlfault.Script
	kept   string // the file of progress
	text   string // of the file of jobs
	out    bytes.Buffer
}

func eachPushTest(t *testing.T, lines int, f func(p *pushTest)) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		p := &pushTest{T: t, db: db, faults: sqlfault.New(t), kept: filepath.Join(t.TempDir(), "progress")}
		for n := range lines {
			p.text += fmt.Sprintf("{\"exec_cmd\":\"mail\",\"name\":\"%d\",\"delay_time\":3600}\n", n+1)
		}
		f(p)
	})
}

// push is one run of the command on the file.
func (p *pushTest) push() error {
	p.Helper()
	progress, err := openProgress(p.kept)
	if err != nil {
		return err
	}
	defer func() { require.NoError(p, progress.close()) }()
	pool := p.faults.Over(p.db.DB)
	defer func() { require.NoError(p, pool.Close()) }()
	p.out.Reset()
	out := &pushOutput{out: &p.out, err: &p.out, warned: map[string]bool{"mail": true}}
	f := &filePush{
		lines: newJobLines("jobs.jsonl", strings.NewReader(p.text)), progress: progress, out: out,
		series: sqlstore.NewSeries(&sqldb.DB{DB: pool, Dialect: p.db.Dialect}, progress.Series),
	}
	return f.run(p.Context())
}

// requireOnce requires that each of the first n lines is in the table, once.
func (p *pushTest) requireOnce(n int) {
	p.Helper()
	names, err := sqldb.Column[string](p.db.QueryContext(p.Context(), "SELECT name FROM delay_queue_log ORDER BY id"))
	require.NoError(p, err)
	var want []string
	for i := range n {
		want = append(want, fmt.Sprint(i+1))
	}
	require.Equal(p, want, names)
}

func TestPushFileGoesOnWhenTheAnswerOfACommitIsLost(t *testing.T) {
	eachPushTest(t, 1200, func(p *pushTest) {
		p.faults.CutReply("COMMIT", 2)
		require.NoError(p, p.push())
		p.requireOnce(1200)
		require.Contains(p, p.out.String(), "lines 501-1000: 500 jobs, ids not known, since the answer of the database was lost\n")
		require.Contains(p, p.out.String(), "lines 1001-1200: 200 jobs, ids 1001-1200\n")
		require.NoFileExists(p, p.kept)
	})
}

func TestPushFileGoesOnAfterACutWhereItStopped(t *testing.T) {
	eachPushTest(t, 1200, func(p *pushTest) {
		p.faults.CutReply("INSERT INTO delay_queue_log", 2)
		require.Error(p, p.push())
		p.requireOnce(500)
		require.Contains(p, p.out.String(), "stopped: 500 jobs pushed, of the lines up to 500\n")
		require.NoError(p, p.push())
		p.requireOnce(1200)
		require.NotContains(p, p.out.String(), "lines 1-")
	})
}

// The process ends after a commit and before it could note that.
func TestPushFileBelievesTheDatabaseWhereTheFileIsBehind(t *testing.T) {
	eachPushTest(t, 1200, func(p *pushTest) {
		var behind []byte
		p.faults.Before("COMMIT", 2, func() {
			var err error
			behind, err = os.ReadFile(p.kept)
			require.NoError(p, err)
		})
		p.faults.CutReply("INSERT INTO delay_queue_log", 3)
		require.Error(p, p.push())
		p.requireOnce(1000)
		require.NoError(p, os.WriteFile(p.kept, behind, 0o600))
		require.NoError(p, p.push())
		p.requireOnce(1200)
		require.Contains(p, p.out.String(), "1000 jobs of the lines up to 1000 had been pushed before")
	})
}

// Two people push the same file at once, on machines that do not see each other's locks:
// one of them stops.
func TestPushFileStopsWhereSomebodyElseGoesOn(t *testing.T) {
	eachPushTest(t, 1200, func(p *pushTest) {
		kept, err := openProgress(p.kept)
		require.NoError(p, err)
		require.NoError(p, errors.Join(kept.save(), kept.close()))
		p.faults.Before("BEGIN", 3, func() {
			_, err := p.db.ExecContext(p.Context(), "UPDATE script_meta SET value = '2' WHERE value = '1'")
			require.NoError(p, err)
		})
		err = p.push()
		require.ErrorIs(p, err, sqlstore.ErrMarkMoved)
		require.ErrorContains(p, err, "somebody else is pushing jobs.jsonl as well")
		p.requireOnce(500)
	})
}

func TestPushFileThatWasStoppedAtItsVeryEndIsNotPushedAgain(t *testing.T) {
	eachPushTest(t, 3, func(p *pushTest) {
		p.faults.CutReply("DELETE FROM script_meta", 1)
		require.Error(p, p.push())
		p.requireOnce(3)
		require.ErrorContains(p, p.push(), "nothing of it is missing")
		p.requireOnce(3)
	})
}

func TestPushFileGivesUpOnAFileThatIsNone(t *testing.T) {
	eachPushTest(t, 3, func(p *pushTest) {
		p.text += strings.Repeat("what is this\n", 2*mostRefused)
		require.ErrorContains(p, p.push(), "jobs.jsonl: gave up after 1000 wrong lines")
		p.requireOnce(3)
	})
}

func TestPushFileRefusesALineWithoutEnd(t *testing.T) {
	eachPushTest(t, 3, func(p *pushTest) {
		p.text += strings.Repeat("x", maxLine+1)
		require.ErrorContains(p, p.push(), "jobs.jsonl:4: the line is longer than 1048576 bytes")
		p.requireOnce(0)
	})
}
