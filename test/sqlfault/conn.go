package sqlfault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// call is one statement on its way to the server.
type call struct {
	ctx   context.Context
	conn  *conn
	query string
	args  []driver.NamedValue
	do    func(context.Context) error // sends it
}

// rawConn is what a driver must offer.
type rawConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
}

// conn is a connection as database/sql sees it; one goroutine uses it.
type conn struct {
	raw    rawConn
	loan   *sql.Conn // whose raw it is
	script *Script
	inTx   bool
	cut    bool // nothing gets through any more
	late   bool // a late statement will use it, and give it up then
}

// errPrepares is why a fault could not be told from a statement's two halves.
var errPrepares = errors.New("sqlfault: the driver prepares statements with arguments; open it with interpolateParams=true")

// send passes one statement through the script.
func (c *conn) send(ctx context.Context, query string, args []driver.NamedValue, do func(context.Context) error) error {
	if c.cut {
		return driver.ErrBadConn
	}
	var err error
	if f := c.script.next(query); f != nil {
		err = f(&call{ctx, c, query, args, do})
	} else {
		err = do(ctx)
	}
	if errors.Is(err, driver.ErrSkip) {
		return errPrepares
	}
	return err
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (res driver.Result, err error) {
	err = c.send(ctx, query, args, func(ctx context.Context) (err error) {
		res, err = c.raw.ExecContext(ctx, query, args)
		return err
	})
	return res, err
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	var rows driver.Rows
	err := c.send(ctx, query, args, func(ctx context.Context) (err error) {
		rows, err = c.raw.QueryContext(ctx, query, args)
		return err
	})
	if err != nil && rows != nil {
		return nil, errors.Join(err, rows.Close())
	}
	return rows, err
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	var raw driver.Tx
	err := c.send(ctx, "BEGIN", nil, func(ctx context.Context) (err error) {
		raw, err = c.raw.BeginTx(ctx, opts)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.inTx = true
	return &tx{raw: raw, conn: c}, nil
}

// tx is a transaction. Its context is that of no statement: the drivers end it
// with one of their own.
type tx struct {
	raw  driver.Tx
	conn *conn
}

func (t *tx) Commit() error   { return t.end("COMMIT", t.raw.Commit) }
func (t *tx) Rollback() error { return t.end("ROLLBACK", t.raw.Rollback) }

func (t *tx) end(query string, how func() error) error {
	err := t.conn.send(context.Background(), query, nil, func(context.Context) error { return how() })
	t.conn.inTx = false
	return err
}

func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if c.cut {
		return nil, driver.ErrBadConn
	}
	return c.raw.PrepareContext(ctx, query)
}

func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

func (c *conn) Close() error {
	if c.late {
		return nil
	}
	return c.giveUp()
}

// giveUp closes the driver's connection: to the lender it is a broken one.
func (c *conn) giveUp() error {
	err := c.loan.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}

// IsValid makes database/sql close a connection that was cut as soon as it is
// given back; the server rolls back then.
func (c *conn) IsValid() bool {
	v, ok := c.raw.(driver.Validator)
	return !c.cut && (!ok || v.IsValid())
}

func (c *conn) ResetSession(ctx context.Context) error {
	if c.cut {
		return driver.ErrBadConn
	}
	if r, ok := c.raw.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if k, ok := c.raw.(driver.NamedValueChecker); ok {
		return k.CheckNamedValue(v)
	}
	return driver.ErrSkip
}
