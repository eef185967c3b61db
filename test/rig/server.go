//go:build unix

package rig

import (
	"cmp"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// Server is a database server that belongs to one test, which may stop it.
type Server struct {
	tb     testing.TB
	script string
	name   string
}

var dsnLine = regexp.MustCompile(`TEST_MYSQL_DSN='([^']+)'`)

// MustOwnServer fails the test where OwnServer would skip it.
func MustOwnServer(t *testing.T) {
	t.Helper()
	require.NotEmpty(t, serverScript(), "neither TEST_MARIADB nor TEST_MYSQL9 is set: this test was asked for, and needs a database server of its own to stop")
}

// serverScript is what starts database servers; "" where there is none.
func serverScript() string { return cmp.Or(os.Getenv("TEST_MARIADB"), os.Getenv("TEST_MYSQL9")) }

// OwnServer starts a database server beside the one of all tests, and makes it the
// one that dbtest uses for the rest of this test. Without a script that starts one
// the test is skipped.
func OwnServer(t *testing.T, name string) *Server {
	t.Helper()
	s := &Server{tb: t, name: name, script: serverScript()}
	if s.script == "" {
		t.Skip("TEST_MARIADB is not set: left out, it needs a database server of its own to stop")
	}
	t.Cleanup(func() { s.Do("remove") })
	s.Do("start")
	found := dsnLine.FindStringSubmatch(s.Do("env"))
	require.NotNil(t, found, "%s env tells no TEST_MYSQL_DSN", s.script)
	t.Setenv("TEST_MYSQL_DSN", found[1])
	return s
}

// Do runs one command of the script: pause, resume, stop, start, kill.
func (s *Server) Do(verb string) string {
	s.tb.Helper()
	cmd := exec.Command(s.script, verb)
	cmd.Env = append(os.Environ(), "SERVICE_INSTANCE="+s.name)
	out, err := cmd.CombinedOutput()
	require.NoError(s.tb, err, "%s %s: %s", s.script, verb, out)
	return string(out)
}
