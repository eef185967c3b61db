package delayqueue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"gorm.io/gorm"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// outbox is a business with a table and a connection of its own beside the daemon's.
type outbox struct {
	*rig
	gorm  *gorm.DB
	queue *delayqueue.Queue
}

type order struct {
	ID    uint64
	State string
}

func (order) TableName() string { return "test_order" }

// eachOutbox runs f on every database that there is. On MySQL the sessions of the
// business are far from what the daemon's own are.
func eachOutbox(t *testing.T, f func(o *outbox)) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		if d == sqldb.MySQL {
			cfg.Mysql[dbtest.Own] += conf.Secret("?parseTime=true&time_zone=%27%2B08%3A00%27&sql_mode=ANSI&auto_increment_increment=3")
		}
		s := dbtest.Services(t, cfg)
		own, err := s.Own(t.Context())
		require.NoError(t, err)
		require.NoError(t, schema.Migrate(t.Context(), own))
		_, err = own.ExecContext(t.Context(), "CREATE TABLE test_order (id integer PRIMARY KEY, state varchar(10) NOT NULL)")
		require.NoError(t, err)
		g, err := s.MySQL(t.Context(), dbtest.Own)
		require.NoError(t, err)
		r := &rig{t: t, db: own, reg: core.NewRegistry(), log: zap.NewNop(), events: make(chan delayqueue.Event, 1000), cfg: delayqueue.Config{Scan: 50 * time.Millisecond}}
		f(&outbox{r, g, delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(own), nil })})
	})
}

// place stores an order and pushes jobs in one transaction, which end ends.
func (o *outbox) place(id uint64, end error, jobs ...core.DelayQueuePushParams) (ids []uint64) {
	o.t.Helper()
	err := o.gorm.WithContext(o.t.Context()).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&order{id, "unpaid"}).Error; err != nil {
			return err
		}
		var err error
		ids, err = o.queue.PushTx(o.t.Context(), tx.Statement.ConnPool, jobs)
		return errors.Join(err, end)
	})
	require.ErrorIs(o.t, err, end)
	return ids
}

func (o *outbox) count(table string) (n int) {
	o.t.Helper()
	require.NoError(o.t, o.db.QueryRowContext(o.t.Context(), "SELECT COUNT(*) FROM "+table).Scan(&n))
	return n
}

var errRollback = errors.New("the business has thought better of it")

func TestJobsExistIfAndOnlyIfTheOrderDoes(t *testing.T) {
	eachOutbox(t, func(o *outbox) {
		ran := make(chan string, 10)
		o.handle("k", func(_ context.Context, t *core.Task) error {
			ran <- string(t.Payload)
			return nil
		})
		o.start()
		jobs := func(params string) []core.DelayQueuePushParams {
			return []core.DelayQueuePushParams{{ExecCmd: "k", Params: params, UniqueKey: "order"}, {ExecCmd: "later", DelayTime: 3600}, {ExecCmd: "later", DelayTime: 3600}}
		}
		o.place(1, errRollback, jobs("rolled back")...)
		require.Zero(t, o.count("delay_queue_log")+o.count("test_order"))

		ids := o.place(2, nil, jobs("committed")...)
		require.Len(t, ids, 3)
		o.await(delayqueue.Done, ids[0])
		require.Equal(t, "committed", <-ran)
		require.Equal(t, 3, o.count("delay_queue_log"))

		again := o.place(3, nil, core.DelayQueuePushParams{ExecCmd: "later", UniqueKey: "x", DelayTime: 3600}, core.DelayQueuePushParams{ExecCmd: "later", UniqueKey: "x"})
		require.Equal(t, again[0], again[1])
		require.Equal(t, 4, o.count("delay_queue_log"))

		var now, due int64
		require.NoError(t, o.db.QueryRowContext(t.Context(), "SELECT "+o.db.Dialect.NowSeconds()+", MIN(exec_time) FROM delay_queue_log WHERE exec_cmd = 'later'").Scan(&now, &due))
		require.InDelta(t, now+3600, due, 60, "whatever the time zone of the session")
		require.Empty(t, ran)
	})
}

func TestPushTxOfGormWithPreparedStatements(t *testing.T) {
	eachOutbox(t, func(o *outbox) {
		o.gorm = o.gorm.Session(&gorm.Session{PrepareStmt: true})
		for id := range uint64(3) {
			require.Len(t, o.place(1+id, nil, core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: "one and only"}), 1)
		}
		require.Equal(t, 1, o.count("delay_queue_log"))
	})
}

func TestPushTxRefusesWhatIsNoTransaction(t *testing.T) {
	eachOutbox(t, func(o *outbox) {
		conn, err := o.db.Conn(t.Context())
		require.NoError(t, err)
		defer func() { require.NoError(t, conn.Close()) }()
		jobs := []core.DelayQueuePushParams{{ExecCmd: "k"}}
		for _, tx := range []delayqueue.Tx{nil, o.db, conn, o.gorm.Statement.ConnPool, o.gorm.Session(&gorm.Session{PrepareStmt: true}).Statement.ConnPool} {
			_, err := o.queue.PushTx(t.Context(), tx, jobs)
			require.ErrorIs(t, err, delayqueue.ErrNoTransaction)
		}
		_, err = o.queue.PushTx(t.Context(), nil, []core.DelayQueuePushParams{{}})
		require.ErrorIs(t, err, core.ErrInvalidPush)
		require.Zero(t, o.count("delay_queue_log"))
	})
}
