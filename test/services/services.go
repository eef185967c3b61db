// Package services lets a test have a server of its own, to stop, kill and pause
// without disturbing the tests beside it. It speaks through the scripts in this
// folder.
package services

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Server is a MariaDB, Redis or Kafka that belongs to one test. Its methods return
// when the server answers, or is gone, and end the test where that fails.
type Server struct {
	t      testing.TB
	script string
	env    []string
}

// New starts a server of a kind, "mariadb", "redis" or "kafka", and removes it
// when the test ends. The test is skipped where the services are not there.
func New(t testing.TB, kind string) *Server {
	t.Helper()
	variable := "TEST_" + strings.ToUpper(kind)
	script := os.Getenv(variable)
	if script == "" {
		t.Skip(variable + " is not set: start the services with `make services-up`")
	}
	instance := strings.ToLower(rand.Text()[:8])
	s := &Server{t: t, script: script, env: append(os.Environ(), "SERVICE_INSTANCE="+instance)}
	t.Cleanup(func() { s.run("remove") })
	s.Start()
	return s
}

// Var returns a variable of the server, as test/services/README.md lists them:
// TEST_MYSQL_DSN, TEST_REDIS_ADDR, TEST_KAFKA_BROKERS. It is the same after a
// restart.
func (s *Server) Var(name string) string {
	s.t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(s.run("env")))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), "export "+name+"="); ok {
			return strings.Trim(value, "'")
		}
	}
	s.t.Fatalf("%s has no variable %s", s.script, name)
	return ""
}

// Start starts the server again, with the data that it had.
func (s *Server) Start() { s.t.Helper(); s.run("start") }

// Stop ends the server in good order.
func (s *Server) Stop() { s.t.Helper(); s.run("stop") }

// Kill ends the server as a crash does.
func (s *Server) Kill() { s.t.Helper(); s.run("kill") }

// Pause lets the server stand still, its connections open, until Resume.
func (s *Server) Pause() { s.t.Helper(); s.run("pause") }

// Resume ends a Pause.
func (s *Server) Resume() { s.t.Helper(); s.run("resume") }

// run runs the script without the test's context, which has ended at clean-up.
func (s *Server) run(verb string) []byte {
	s.t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(s.script, verb)
	cmd.Env, cmd.Stderr = s.env, &stderr
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", s.script, verb, err, stderr.String())
	}
	return out
}
