package cli

import (
	"context"
	"errors"
	"time"

	"simplest_script/core/conf"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/internal/app"
)

// session is what a command works with that needs the daemon's own database.
type session struct {
	*app.Machine
	db *sqldb.DB
}

// withDatabase opens the daemon's own database for f and closes everything
// afterwards. What is wrong with the database is told with what to do about it.
func (p *program) withDatabase(ctx context.Context, f func(s session) error) error {
	return p.withPool(ctx, func(m *app.Machine) (*sqldb.DB, error) { return m.Services.Own(ctx) }, f)
}

// withPool is withDatabase with a pool that open chooses.
func (p *program) withPool(ctx context.Context, open func(*app.Machine) (*sqldb.DB, error), f func(s session) error) (err error) {
	m, err := p.load()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	db, err := open(m)
	if err != nil {
		return adviseOpening(m.Config, err)
	}
	return adviseTables(f(session{m, db}))
}

// advised is an error with what to do about it, for people.
type advised struct {
	err    error
	advice string
}

func (a *advised) Error() string { return a.err.Error() + "\n" + a.advice }
func (a *advised) Unwrap() error { return a.err }

// adviseOpening adds what to do where the database does not open.
func adviseOpening(c *conf.Config, err error) error {
	path := "Mysql." + c.OwnMysql
	place := path
	for _, v := range c.Explain() {
		if v.Path == path {
			place += ", set in " + v.Origin
		}
	}
	switch {
	case sqldb.Refused(err):
		return &advised{err, "The server does not let us in: correct the user, the password or the name of the database (" + place + ")."}
	case sqldb.Away(err):
		return &advised{err, "The server cannot be reached: is it running, and is the address right (" + place + ")?"}
	}
	return err
}

// adviseTables adds what to do where a table, a column or an index is missing.
func adviseTables(err error) error {
	if sqldb.SchemaMissing(err) {
		return &advised{err, "The database lacks tables, columns or indexes of this version: run 'simplest_script migrate'."}
	}
	return err
}

// clock returns a clock that stands at the database's time.
func (s session) clock(ctx context.Context) (clock, error) {
	micros, err := sqlstore.New(s.db).Now(ctx)
	return clock{zone: s.Config.Location, now: time.UnixMicro(micros)}, err
}
