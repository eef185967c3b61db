package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverArgs is what a job of River carries.
type riverArgs struct {
	Index int `json:"index"`
}

// Kind implements river.JobArgs.
func (riverArgs) Kind() string { return kindName }

// riverQueue is River on PostgreSQL, in a database of its own.
type riverQueue struct {
	admin *pgx.Conn
	pool  *pgxpool.Pool
	name  string
	tuned bool
	// pusher only pushes; who works has a client of its own.
	pusher *river.Client[pgx.Tx]
}

// openRiver opens it as it comes, or tuned: as many workers as serve it best, and
// the shortest pauses between two looks that it allows.
func openRiver(tuned bool) func(context.Context, *places) (contender, error) {
	return func(ctx context.Context, p *places) (contender, error) {
		r := &riverQueue{name: "bench_" + strings.ToLower(rand.Text()[:10]), tuned: tuned}
		var err error
		if r.admin, err = pgx.Connect(ctx, p.postgres); err != nil {
			return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
		}
		if _, err = r.admin.Exec(ctx, "CREATE DATABASE "+r.name); err == nil {
			err = r.prepare(ctx, p.postgres)
		}
		if err != nil {
			return nil, errors.Join(err, r.admin.Close(ctx))
		}
		return r, nil
	}
}

func (r *riverQueue) prepare(ctx context.Context, dsn string) error {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return err
	}
	cfg.ConnConfig.Database = r.name
	cfg.MaxConns = 16 // as many as our own pool has
	if r.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return err
	}
	driver := riverpgxv5.New(r.pool)
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err == nil {
		r.pusher, err = river.NewClient(driver, &river.Config{Logger: slog.New(slog.DiscardHandler)})
	}
	return err
}

func (r *riverQueue) push(ctx context.Context, jobs []job) error {
	all := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		all[i] = river.InsertManyParams{Args: riverArgs{j.index}, InsertOpts: &river.InsertOpts{ScheduledAt: j.due}}
	}
	_, err := r.pusher.InsertManyFast(ctx, all)
	return err
}

func (r *riverQueue) pushOne(ctx context.Context, j job) error {
	_, err := r.pusher.Insert(ctx, riverArgs{j.index}, &river.InsertOpts{ScheduledAt: j.due})
	return err
}

// work counts a job as done when its handler returns, which favours River a little.
func (r *riverQueue) work(ctx context.Context, j *journal) (func() error, error) {
	known := river.NewWorkers()
	river.AddWorker(known, river.WorkFunc(func(_ context.Context, job *river.Job[riverArgs]) error {
		j.began(job.Args.Index)
		j.finished(1)
		return nil
	}))
	cfg := &river.Config{
		Logger: slog.New(slog.DiscardHandler), Workers: known,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}},
	}
	if r.tuned {
		cfg.Queues[river.QueueDefault] = river.QueueConfig{MaxWorkers: river.QueueNumWorkersMax}
		cfg.FetchCooldown, cfg.FetchPollInterval = river.FetchCooldownMin, river.FetchPollIntervalMin
	}
	client, err := river.NewClient(riverpgxv5.New(r.pool), cfg)
	if err != nil {
		return nil, err
	}
	if err := client.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	return func() error { return client.Stop(context.WithoutCancel(ctx)) }, nil
}

func (r *riverQueue) unfinished(ctx context.Context) (n int, err error) {
	err = r.pool.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&n)
	return n, err
}

func (r *riverQueue) close() error {
	ctx := context.Background()
	r.pool.Close()
	_, err := r.admin.Exec(ctx, "DROP DATABASE "+r.name)
	return errors.Join(err, r.admin.Close(ctx))
}
