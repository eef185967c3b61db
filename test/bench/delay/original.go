package main

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"
)

// originalTable is the table as the original made it.
const originalTable = `CREATE TABLE delay_queue_log (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name varchar(255) NOT NULL DEFAULT '',
  exec_cmd varchar(50) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL DEFAULT '',
  status tinyint unsigned NOT NULL DEFAULT 1,
  result varchar(500) NOT NULL DEFAULT '',
  exec_time int unsigned NOT NULL DEFAULT 0,
  create_time timestamp NULL DEFAULT NULL,
  update_time timestamp NULL DEFAULT NULL,
  KEY status (status, exec_time)
) ENGINE=InnoDB`

// originalConns is kinder than the original was, which opened a connection for each
// job and fell over when the server had no more.
const originalConns = 100

// original is the algorithm of the first simplest_script: each minute it reads
// what falls due in the next, claims nothing, and starts for each row a goroutine
// that sleeps until then. The first look comes at once, not at the full minute.
type original struct {
	*database
	machines int // that look at the same table
}

func openOriginal(machines int) func(context.Context, *places) (contender, error) {
	return func(ctx context.Context, p *places) (contender, error) {
		d, err := emptyDatabase(ctx, p.mysql)
		if err != nil {
			return nil, err
		}
		if _, err := d.ExecContext(ctx, originalTable); err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.SetMaxOpenConns(originalConns)
		d.SetMaxIdleConns(originalConns)
		return &original{d, machines}, nil
	}
}

func (o *original) pushOne(ctx context.Context, j job) error { return o.push(ctx, []job{j}) }

// push inserts many rows at once, which the original did not: what is measured is
// its work.
func (o *original) push(ctx context.Context, jobs []job) error {
	args := make([]any, 0, 2*len(jobs))
	for _, j := range jobs {
		args = append(args, strconv.Itoa(j.index), j.due.Unix())
	}
	row := "('bench', 'bench', ?, 1, ?, NOW(), NOW())"
	_, err := o.ExecContext(ctx, "INSERT INTO delay_queue_log (name, exec_cmd, params, status, exec_time, create_time, update_time) VALUES "+
		row+strings.Repeat(","+row, len(jobs)-1), args...)
	return err
}

func (o *original) work(ctx context.Context, j *journal) (func() error, error) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	var once sync.Once
	var fault error
	run := func(f func() error) {
		all.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				once.Do(func() { fault = err })
			}
		})
	}
	for machine := range o.machines {
		if machine > 0 {
			j.expectOnceMore()
		}
		run(func() error {
			minute := time.NewTicker(time.Minute)
			defer minute.Stop()
			for {
				if err := o.look(ctx, run, j); err != nil {
					return err
				}
				select {
				case <-ctx.Done():
					return nil
				case <-minute.C:
				}
			}
		})
	}
	return func() error {
		cancel()
		all.Wait()
		return fault
	}, nil
}

// look starts a goroutine for each row of the coming minute.
func (o *original) look(ctx context.Context, run func(func() error), j *journal) error {
	rows, err := o.QueryContext(ctx, "SELECT id, params, exec_time FROM delay_queue_log WHERE status = 1 AND exec_time <= ?", time.Now().Unix()+60)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		var index int
		var due int64
		if err := rows.Scan(&id, &index, &due); err != nil {
			return err
		}
		run(func() error {
			wait := time.NewTimer(time.Until(time.Unix(due, 0)))
			defer wait.Stop()
			select {
			case <-ctx.Done():
				return nil
			case <-wait.C:
			}
			return o.runRow(ctx, id, index, j)
		})
	}
	return rows.Err()
}

func (o *original) runRow(ctx context.Context, id uint64, index int, j *journal) error {
	set := func(status int) (sql.Result, error) {
		return o.ExecContext(ctx, "UPDATE delay_queue_log SET status = ?, update_time = NOW() WHERE id = ?", status, id)
	}
	if _, err := set(2); err != nil {
		return err
	}
	j.began(index)
	_, err := set(3)
	j.finished(1)
	return err
}
