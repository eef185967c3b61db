package sqlfault

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-sql-driver/mysql"
)

// ErrCut is what the sender of a statement is told when the connection broke
// after the statement had been sent.
var ErrCut = fmt.Errorf("connection cut by the test: %w", io.ErrUnexpectedEOF)

// Before calls f before the n-th statement with match is sent.
func (s *Script) Before(match string, n int, f func()) {
	s.on(match, n, func(c *call) error {
		f()
		return c.do(c.ctx)
	})
}

// After calls f when the n-th statement with match has taken effect, and before
// its sender hears of it.
func (s *Script) After(match string, n int, f func()) {
	s.on(match, n, func(c *call) error {
		err := c.do(c.ctx)
		f()
		return err
	})
}

// Refuse answers the n-th statement with match by err; the server never sees it.
func (s *Script) Refuse(match string, n int, err error) {
	s.on(match, n, func(*call) error { return err })
}

// Unsent breaks the connection before the n-th statement with match is sent, and
// the sender knows that: it is told driver.ErrBadConn.
func (s *Script) Unsent(match string, n int) {
	s.on(match, n, func(c *call) error {
		c.conn.cut = true
		return driver.ErrBadConn
	})
}

// Lost breaks the connection before the n-th statement with match arrives, and the
// sender cannot know that: it is told ErrCut.
func (s *Script) Lost(match string, n int) {
	s.on(match, n, func(c *call) error {
		c.conn.cut = true
		return ErrCut
	})
}

// CutReply lets the n-th statement with match take effect and breaks the
// connection before the reply: the sender is told ErrCut.
func (s *Script) CutReply(match string, n int) {
	s.on(match, n, func(c *call) error {
		if err := c.do(c.ctx); err != nil {
			return err
		}
		c.conn.cut = true
		return ErrCut
	})
}

// Deadlock makes the n-th statement with match the victim of a deadlock: all that
// its transaction did is rolled back, as MySQL does it, and what the connection
// is sent from then on is committed by itself.
func (s *Script) Deadlock(match string, n int) {
	s.on(match, n, func(c *call) error {
		if c.conn.inTx {
			if _, err := c.conn.raw.ExecContext(c.ctx, "ROLLBACK", nil); err != nil {
				return err
			}
		}
		return &mysql.MySQLError{Number: 1213, SQLState: [5]byte([]byte("40001")), Message: "Deadlock found; staged by the test"}
	})
}

// Late tells the sender of the n-th statement with match ErrCut at once. The
// statement reaches the server all the same, when release is called; release
// returns when it has taken effect, or why it has not.
func (s *Script) Late(match string, n int) (release func() error) {
	free, done := make(chan struct{}), make(chan error, 1)
	s.on(match, n, func(c *call) error {
		c.conn.cut, c.conn.late = true, true
		s.late.Go(func() {
			select {
			case <-free:
				err := c.do(context.WithoutCancel(c.ctx))
				done <- errors.Join(err, c.conn.giveUp())
			case <-s.over:
				_ = c.conn.giveUp() // whatever it says: the test is over
			}
		})
		return ErrCut
	})
	return sync.OnceValue(func() error {
		close(free)
		select {
		case err := <-done:
			return err
		case <-s.over:
			return errors.New("released when the test was over")
		}
	})
}

// Statement is a statement that passed.
type Statement struct {
	Query string
	Args  []any
}

// Record returns the n-th statement with match, once it has passed.
func (s *Script) Record(match string, n int) *Statement {
	var seen Statement
	s.on(match, n, func(c *call) error {
		seen.Query = c.query
		for _, a := range c.args {
			seen.Args = append(seen.Args, a.Value)
		}
		return c.do(c.ctx)
	})
	return &seen
}
