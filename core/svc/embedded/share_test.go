package embedded_test

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"

	"simplest_script/core/svc/embedded"
)

func redisIn(t *testing.T, dir string) *embedded.Service {
	t.Helper()
	s, err := embedded.Redis(t.Context(), dir)
	require.NoError(t, err)
	return s
}

func client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestSecondUserFindsTheFirst(t *testing.T) {
	dir := t.TempDir()
	first := redisIn(t, dir)
	second := redisIn(t, dir)
	require.True(t, first.Own)
	require.False(t, second.Own)
	require.Equal(t, first.Addr, second.Addr)

	require.NoError(t, second.Close())
	require.NoError(t, client(t, first.Addr).Ping(t.Context()).Err(), "the first one's service goes on")
	require.NoError(t, first.Close())
	require.NoFileExists(t, filepath.Join(dir, embedded.File))
}

func TestServicesHaveEntriesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	redis := redisIn(t, dir)
	kafka, err := embedded.Kafka(t.Context(), dir)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, embedded.File))
	require.NoError(t, err)
	require.Contains(t, string(text), redis.Addr)
	require.Contains(t, string(text), kafka.Addr)

	require.NoError(t, redis.Close())
	text, err = os.ReadFile(filepath.Join(dir, embedded.File))
	require.NoError(t, err)
	require.NotContains(t, string(text), redis.Addr)
	require.Contains(t, string(text), kafka.Addr)
	require.NoError(t, kafka.Close())
}

// process is another process that runs the Redis of a folder.
type process struct {
	addr string
	in   io.WriteCloser
	*exec.Cmd
}

func redisInAnotherProcess(t *testing.T, dir string) process {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), os.Args[0])
	cmd.Env = append(os.Environ(), variable+"="+dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended, unless the test failed
	addr, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return process{strings.TrimSpace(addr), in, cmd}
}

func TestAnotherProcessIsFound(t *testing.T) {
	dir := t.TempDir()
	other := redisInAnotherProcess(t, dir)
	s := redisIn(t, dir)
	require.False(t, s.Own)
	require.Equal(t, other.addr, s.Addr)
	require.NoError(t, client(t, s.Addr).Set(t.Context(), "key", "value", 0).Err())
	require.NoError(t, s.Close())

	require.NoError(t, other.in.Close())
	require.NoError(t, other.Wait())
	require.NoFileExists(t, filepath.Join(dir, embedded.File))
}

func TestKilledProcessIsReplaced(t *testing.T) {
	dir := t.TempDir()
	other := redisInAnotherProcess(t, dir)
	require.NoError(t, other.Process.Kill())
	require.Error(t, other.Wait())
	require.FileExists(t, filepath.Join(dir, embedded.File), "it had no time to take its address back")

	s := redisIn(t, dir)
	require.True(t, s.Own)
	require.NoError(t, client(t, s.Addr).Ping(t.Context()).Err())
	require.Equal(t, s.Addr, redisIn(t, dir).Addr)
	require.NoError(t, s.Close())
}

// Somebody who has the lock is about to write his address.
func TestOneThatIsStartingIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	lock := flock.New(filepath.Join(dir, "redis.lock"))
	require.NoError(t, lock.Lock())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := embedded.Redis(ctx, dir)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "does not answer")
	require.ErrorContains(t, err, lock.Path())

	waiting := make(chan *embedded.Service)
	go func() {
		s, err := embedded.Redis(context.Background(), dir)
		if err != nil {
			t.Error(err)
		}
		waiting <- s
	}()
	require.NoError(t, lock.Unlock())
	s := <-waiting
	require.True(t, s.Own, "he gave up, so it is our turn")
	require.NoError(t, s.Close())
}

func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, embedded.File), []byte("{"), 0o644))
	_, err := embedded.Redis(t.Context(), dir)
	require.ErrorContains(t, err, "is damaged (remove it while no daemon runs)")
	require.NoError(t, os.Remove(filepath.Join(dir, embedded.File)))
	require.NoError(t, redisIn(t, dir).Close(), "the failed start has left no lock behind")
}

func TestFolderThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := embedded.Redis(t.Context(), filepath.Join(file, "data"))
	require.ErrorContains(t, err, "making the folder of the embedded services")
	_, err = embedded.SQLite(t.Context(), filepath.Join(file, "data"))
	require.ErrorContains(t, err, "making the folder of the embedded database")
}
