//go:build unix

package rig

import (
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

// OwnServer starts a database server beside the one of all tests, and makes it the
// one that dbtest uses for the rest of this test. Without a script that starts one
// the test is skipped.
func OwnServer(t *testing.T, name string) *Server {
	t.Helper()
	s := &Server{tb: t, name: name, script: os.Getenv("TEST_MARIADB")}
	if s.script == "" {
		s.script = os.Getenv("TEST_MYSQL9")
	}
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
