package cli_test

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// run is a push of lines from its standard input, which stays open.
type run struct {
	input io.WriteCloser
	given chan error // all lines, or what was in the way
	ended chan error
	err   bytes.Buffer // to be read when it has ended
}

// Two pushes that begin at once: one pushes every line, the other says why it does not.
func TestOfTwoPushesThatBeginAtOnceOnePushes(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		l := newLines(t, d)
		begun, runs := make(chan struct{}, 2), make([]*run, 2)
		for i := range runs {
			runs[i] = startRun(t, l.push("--file", "-", "--resume", filepath.Join(l.cfg.Home, "state")), l.text, begun)
		}

		winner, err := firstToEnd(t, runs, begun)
		require.Error(t, err)
		require.Contains(t, runs[1-winner].err.String(), "error: another push is under way")
		require.NoError(t, <-runs[winner].given)
		require.NoError(t, runs[winner].input.Close())
		require.NoError(t, <-runs[winner].ended, "%s", &runs[winner].err)
		l.requireOnce()
	})
}

// firstToEnd waits for one of two runs to end and returns the other one. Neither can come
// to the end of its input yet: who ends has given way.
func firstToEnd(t *testing.T, runs []*run, begun <-chan struct{}) (other int, err error) {
	t.Helper()
	for n := 0; ; n++ {
		require.Less(t, n, 2, "both push")
		select {
		case err := <-runs[0].ended:
			return 1, err
		case err := <-runs[1].ended:
			return 0, err
		case <-begun:
		}
	}
}

// startRun starts the command, gives it the text, and tells when it has pushed a batch.
func startRun(t *testing.T, cmd *exec.Cmd, text string, begun chan<- struct{}) *run {
	t.Helper()
	r := &run{given: make(chan error, 1), ended: make(chan error, 1)}
	cmd.Stderr = &r.err
	var err error
	r.input, err = cmd.StdinPipe()
	require.NoError(t, err)
	shown, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	go func() {
		_, err := io.WriteString(r.input, text)
		r.given <- err
	}()
	go func() {
		told := false
		for s := bufio.NewScanner(shown); s.Scan(); {
			if !told && strings.HasPrefix(s.Text(), "lines ") {
				told = true
				begun <- struct{}{}
			}
		}
		r.ended <- cmd.Wait()
	}()
	return r
}
