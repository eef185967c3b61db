package sqlfault

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
)

// connector borrows connections from a pool.
type connector struct {
	db     *sql.DB
	script *Script
}

func (c connector) Driver() driver.Driver { return c.db.Driver() }

// Connect implements driver.Connector. The pool lends the driver's connection for
// the time of a callback only, to have it back unused by anybody else; here it is
// used by nobody else until loan is closed.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	loan, err := c.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	out := &conn{loan: loan, script: c.script}
	err = loan.Raw(func(plain any) error {
		var ok bool
		if out.raw, ok = plain.(rawConn); !ok {
			return fmt.Errorf("sqlfault: %T does not take contexts", plain)
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, loan.Close())
	}
	return out, nil
}
