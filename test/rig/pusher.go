//go:build unix

package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
	"simplest_script/internal/app"
	"simplest_script/test/rig/audit"
)

// Order is what one who pushes is told to do.
type Order struct {
	Prefix string // of the names of the jobs
	Jobs   int
	Each   int           // jobs in one push
	Plain  bool          // by INSERT of the original's columns, else by Push
	First  time.Duration // from the push to the due time of the first
	Over   time.Duration // the due times are spread over this time, in whole seconds where Plain
	Pace   time.Duration // between two pushes
	Rich   bool          // some jobs have a successor, some may not start late; not where Plain
	// One in LongEach jobs takes as long as Long; 0: none.
	LongEach int
	Long     time.Duration
	Keys     string // begins the unique keys of the jobs; "": they have none
	// Mends: some jobs fail for good until they are mended; not where Plain.
	Mends bool
	// Tx: each push is in a transaction of the caller's, which writes rows of its own.
	// Some are rolled back, and in the first that could be committed from the number DieIn
	// on the process kills itself; 0: in none.
	Tx    bool
	DieIn int
}

// retryPause is how long one who pushes waits after a failure.
const retryPause = 50 * time.Millisecond

func playPusher(j *journal) (int, error) {
	var order Order
	if err := json.Unmarshal([]byte(os.Getenv(orderVariable)), &order); err != nil {
		return exitUseless, err
	}
	m, err := app.Load("", os.Environ(), nil)
	if err == nil {
		err = m.Report.Err()
	}
	if err != nil {
		return exitUseless, err
	}
	own := func(ctx context.Context) (delayqueue.Store, error) {
		db, err := m.Services.Own(ctx)
		if err != nil {
			return nil, err
		}
		return sqlstore.New(db), nil
	}
	delayqueue.SetDefault(delayqueue.New(own))
	p := &pusher{Order: order, journal: j, db: m.Services.Own}
	p.run(context.Background())
	return 0, m.Close()
}

type pusher struct {
	Order
	journal      *journal
	db           func(context.Context) (*sqldb.DB, error)
	transactions int // begun
}

// run pushes until so many jobs are stored, or may be. Names are used once: what was
// refused is pushed again under new ones.
func (p *pusher) run(ctx context.Context) {
	for name, stored := 0, 0; stored < p.Jobs; {
		jobs := make([]core.DelayQueuePushParams, min(p.Each, p.Jobs-stored))
		for i := range jobs {
			jobs[i] = p.job(name, stored+i)
			name++
		}
		outcome := p.push(ctx, jobs)
		if !outcome.Nothing() {
			stored += len(jobs)
		}
		if outcome == audit.Refused || outcome == audit.Unknown {
			outage.Sleep(ctx, retryPause)
		}
		outage.Sleep(ctx, p.Pace)
	}
}

// job is one of a mixture: most take a moment, some take longer, some fail once.
func (p *pusher) job(name, n int) core.DelayQueuePushParams {
	const coprime = 7919 // the order of due times is not that of the ids
	due := p.First + p.Over*time.Duration(n*coprime%p.Jobs)/time.Duration(p.Jobs)
	job := core.DelayQueuePushParams{Name: fmt.Sprintf("%s-%06d", p.Prefix, name), ExecCmd: Work, Params: "1", DelayMs: due.Milliseconds()}
	switch {
	case n%25 == 3:
		job.Params = "40"
	case n%50 == 7:
		job.ExecCmd = Flaky
	case p.Rich && n%20 == 11:
		job.ExecCmd = Chain
	case p.LongEach > 0 && n%p.LongEach == 33:
		job.ExecCmd, job.Params = Deaf, strconv.FormatInt(p.Long.Milliseconds(), 10)
	case p.Mends && n%100 == 17:
		job.ExecCmd = Broken
	case p.Rich && n%50 == 13:
		job.MaxLateMs = 1500
	}
	if p.Keys != "" {
		job.UniqueKey, job.UniqueFor = fmt.Sprintf("%s-%06d", p.Keys, n), 24*3600
	}
	return job
}

func (p *pusher) push(ctx context.Context, jobs []core.DelayQueuePushParams) audit.PushOutcome {
	var note audit.Push
	for i := range jobs {
		note.Names = append(note.Names, jobs[i].Name)
		if jobs[i].UniqueKey != "" {
			note.Keys = append(note.Keys, jobs[i].UniqueKey)
		}
	}
	if p.Tx {
		return p.transact(ctx, jobs, note)
	}
	pushed := p.journal.pushing(note)
	if p.Plain {
		return pushed(nil, p.insert(ctx, jobs))
	}
	return pushed(delayqueue.NewDelayQueue().Push(jobs))
}

// insert is what a program in any language does. It cannot tell what became of a
// statement whose answer did not come.
func (p *pusher) insert(ctx context.Context, jobs []core.DelayQueuePushParams) error {
	db, err := p.db(ctx)
	if err != nil {
		return err
	}
	row := "(?, ?, ?, 1, " + db.Dialect.NowSeconds() + " + ?)"
	var args []any
	for i := range jobs {
		args = append(args, jobs[i].Name, jobs[i].ExecCmd, jobs[i].Params, jobs[i].DelayMs/1000)
	}
	_, err = db.ExecContext(ctx, "INSERT INTO delay_queue_log (name, exec_cmd, params, status, exec_time) VALUES "+
		row+strings.Repeat(", "+row, len(jobs)-1), args...)
	if err != nil {
		return errors.Join(core.ErrUnknownOutcome, err)
	}
	return nil
}
