package proxy_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"simplest_script/test/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server answers each line with the same line, and tells of each that it got.
type server struct {
	net.Listener
	got   chan string
	tasks sync.WaitGroup
}

func newServer(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &server{Listener: listener, got: make(chan string, 1000)}
	s.tasks.Go(s.accept)
	t.Cleanup(func() {
		s.Close()
		s.tasks.Wait()
	})
	return s
}

func (s *server) accept() {
	for {
		conn, err := s.Accept()
		if err != nil {
			return
		}
		s.tasks.Go(func() {
			defer conn.Close()
			lines := bufio.NewScanner(conn)
			for lines.Scan() {
				s.got <- lines.Text()
				if _, err := io.WriteString(conn, lines.Text()+"\n"); err != nil {
					return
				}
			}
		})
	}
}

// setUp starts a server with a proxy before it.
func setUp(t *testing.T) (*server, *proxy.Proxy) {
	t.Helper()
	s := newServer(t)
	return s, before(t, s.Addr().String())
}

func before(t *testing.T, target string) *proxy.Proxy {
	t.Helper()
	p, err := proxy.New(target)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

// client is a connection through the proxy.
type client struct {
	net.Conn
	*bufio.Reader
	t *testing.T
}

func dial(t *testing.T, p *proxy.Proxy) *client {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return &client{Conn: conn, Reader: bufio.NewReader(conn), t: t}
}

// Read settles which of the two embedded ones is meant.
func (c *client) Read(b []byte) (int, error) { return c.Reader.Read(b) }

func (c *client) send(line string) {
	c.t.Helper()
	_, err := io.WriteString(c.Conn, line+"\n")
	require.NoError(c.t, err)
}

func (c *client) receive() string {
	c.t.Helper()
	line, err := c.ReadString('\n')
	require.NoError(c.t, err)
	return strings.TrimSuffix(line, "\n")
}

// isCut requires that the connection was reset, and that no answer came before.
func (c *client) isCut() {
	c.t.Helper()
	line, err := c.ReadString('\n')
	require.ErrorIs(c.t, err, syscall.ECONNRESET)
	require.Empty(c.t, line)
}

// refuses requires that a new connection is reset, while it is made or at once afterwards.
func refuses(t *testing.T, p *proxy.Proxy) {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func contains(text string) func([]byte) bool {
	return func(request []byte) bool { return bytes.Contains(request, []byte(text)) }
}

func TestForwardsBothWays(t *testing.T) {
	_, p := setUp(t)
	a, b := dial(t, p), dial(t, p)
	a.send("from a")
	b.send("from b")
	require.Equal(t, "from b", b.receive())
	require.Equal(t, "from a", a.receive())
}

func TestForwardsEnds(t *testing.T) {
	_, p := setUp(t)
	c := dial(t, p)
	c.send("last")
	require.NoError(t, c.Conn.(*net.TCPConn).CloseWrite())
	rest, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Equal(t, "last\n", string(rest), "the answer to what was sent before the end")
}

func TestTargetThatIsAway(t *testing.T) {
	s := newServer(t)
	s.Close()
	refuses(t, before(t, s.Addr().String()))
}

func TestCutEndsWhatIsAndNotWhatComes(t *testing.T) {
	_, p := setUp(t)
	old := dial(t, p)
	old.send("before")
	require.Equal(t, "before", old.receive())
	p.Cut()
	old.isCut()

	fresh := dial(t, p)
	fresh.send("after")
	require.Equal(t, "after", fresh.receive())
}

func TestRefuseEndsWhatComesAndNotWhatIs(t *testing.T) {
	_, p := setUp(t)
	old := dial(t, p)
	old.send("before")
	require.Equal(t, "before", old.receive())
	p.Refuse()
	refuses(t, p)
	old.send("still here")
	require.Equal(t, "still here", old.receive())

	p.Heal()
	fresh := dial(t, p)
	fresh.send("again")
	require.Equal(t, "again", fresh.receive())
}

func TestCutReplyAfterTheServerDidIt(t *testing.T) {
	s, p := setUp(t)
	a, b := dial(t, p), dial(t, p)
	cut := p.CutReply(contains("COMMIT"))
	a.send("UPDATE")
	require.Equal(t, "UPDATE", a.receive())
	a.send("COMMIT")
	a.isCut()
	<-cut
	require.Equal(t, "UPDATE", <-s.got)
	require.Equal(t, "COMMIT", <-s.got)

	b.send("COMMIT")
	require.Equal(t, "COMMIT", b.receive(), "it acts once")
}

func TestHeldRequestArrivesAfterItsClientIsGone(t *testing.T) {
	s, p := setUp(t)
	dying, successor := dial(t, p), dial(t, p)
	held, release := p.Hold(contains("claim"))
	dying.send("claim")
	<-held
	require.NoError(t, dying.Close())

	successor.send("read")
	require.Equal(t, "read", successor.receive())
	require.Equal(t, "read", <-s.got)
	release()
	require.Equal(t, "claim", <-s.got)
}

func TestHeldRequestIsLostInACut(t *testing.T) {
	s, p := setUp(t)
	c := dial(t, p)
	held, release := p.Hold(contains("claim"))
	c.send("claim")
	<-held
	p.Cut()
	release()
	c.isCut()

	other := dial(t, p)
	other.send("next")
	require.Equal(t, "next", <-s.got)
}

func TestPauseKeepsAndResumePassesOn(t *testing.T) {
	s, p := setUp(t)
	paused := dial(t, p)
	p.Pause()
	p.Pause()
	paused.send("kept")

	direct, err := net.Dial("tcp", s.Addr().String())
	require.NoError(t, err)
	defer direct.Close()
	_, err = io.WriteString(direct, "past the proxy\n")
	require.NoError(t, err)
	require.Equal(t, "past the proxy", <-s.got)

	p.Resume()
	p.Resume()
	require.Equal(t, "kept", paused.receive())
}

func TestDelayIsTheLeastThatARoundTakes(t *testing.T) {
	const delay = 20 * time.Millisecond
	_, p := setUp(t)
	p.Delay(delay)
	c := dial(t, p)
	start := time.Now()
	c.send("slow")
	require.Equal(t, "slow", c.receive())
	require.GreaterOrEqual(t, time.Since(start), 2*delay)
}

// echoed counts the bytes that come back on n connections before each is cut.
func echoed(t *testing.T, p *proxy.Proxy, n int) []int64 {
	t.Helper()
	var counts []int64
	for range n {
		c := dial(t, p)
		for err := error(nil); err == nil; {
			_, err = io.WriteString(c.Conn, "0123456789\n")
		}
		count, err := io.Copy(io.Discard, c)
		require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || err == nil, "%v", err)
		counts = append(counts, count)
	}
	return counts
}

func TestCutRandomlyWithinItsBudget(t *testing.T) {
	const most = 500
	_, p := setUp(t)
	p.CutRandomly(1, most)
	for _, count := range echoed(t, p, 20) {
		require.Less(t, count, int64(most))
	}
	limited := dial(t, p)
	p.Heal()
	for range 100 {
		limited.send("0123456789")
		require.Equal(t, "0123456789", limited.receive())
	}
}

// A sink answers nothing, so that all bytes of the budget go one way.
func TestCutRandomlyIsRepeatable(t *testing.T) {
	run := func() []int {
		sink, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		defer sink.Close()
		p := before(t, sink.Addr().String())
		p.CutRandomly(7, 1000)
		var counts []int
		for range 10 {
			c := dial(t, p)
			server, err := sink.Accept()
			require.NoError(t, err)
			_, err = c.Write(make([]byte, 2000))
			require.NoError(t, err)
			all, err := io.ReadAll(server)
			require.ErrorIs(t, err, syscall.ECONNRESET)
			counts = append(counts, len(all))
			server.Close()
		}
		return counts
	}
	first := run()
	require.NotEqual(t, first[0], first[1])
	require.Equal(t, first, run())
}

func TestEverythingAtOnce(t *testing.T) {
	s, p := setUp(t)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 50 {
				conn, err := net.Dial("tcp", p.Addr())
				if err != nil {
					continue
				}
				_, _ = io.WriteString(conn, "hello\n")
				_, _ = bufio.NewReader(conn).ReadString('\n')
				conn.Close()
			}
		})
	}
	var faults sync.WaitGroup
	ended := make(chan struct{})
	for _, fault := range []func(){
		p.Cut, p.Refuse, p.Pause, p.Resume, p.Heal,
		func() { p.CutRandomly(1, 20) },
		func() { p.Delay(time.Millisecond) },
		func() { p.CutReply(contains("hello")) },
		func() { _, release := p.Hold(contains("hello")); release() },
	} {
		faults.Go(func() {
			for tick := time.NewTicker(time.Millisecond); ; {
				select {
				case <-s.got:
				case <-tick.C:
					fault()
				case <-ended:
					return
				}
			}
		})
	}
	clients.Wait()
	close(ended)
	faults.Wait()
	p.Heal()

	// Snares may lie about still; another word falls into none of them.
	c := dial(t, p)
	c.send("quiet again")
	require.Equal(t, "quiet again", c.receive())
}
