//go:build linux

package cron_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/kafka"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
	"simplest_script/internal/cli"
)

// journalVariable names the file into which tasks write what they do, and the gate
// beside it that the long ones wait for.
const journalVariable = "CRON_STORY"

// TestMain plays the program where it is started as one: by a test as the daemon,
// by a daemon as a task.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "run" || os.Args[1] == "task") {
		haltTask(os.Getenv(journalVariable))
		given := cli.IO{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}
		os.Exit(cli.Execute(context.Background(), os.Args[1:], given, plug.Module{Name: "stories", Handlers: handlers}))
	}
	os.Exit(m.Run())
}

func handlers(h plug.Handlers, s *svc.Services) {
	dir := os.Getenv(journalVariable)
	h.Cron.Add("nothing", core.HandlerFunc(func(context.Context, *core.Task) error { return nil }))
	h.Cron.Add("work", noting(dir, func(ctx context.Context) error {
		outage.Sleep(ctx, 300*time.Millisecond)
		return context.Cause(ctx)
	}))
	h.Cron.Add("fated", fated(dir))
	h.Cron.Add("connect", core.HandlerFunc(func(ctx context.Context, _ *core.Task) error {
		_, err := s.Redis(ctx, conf.DefaultName)
		cluster, err2 := s.KafkaCluster(ctx, conf.DefaultName)
		_, err3 := kafka.OpenAdmin(ctx, cluster, "", nil)
		return errors.Join(err, err2, err3)
	}))
	h.Cron.Add("long", noting(dir, func(ctx context.Context) error {
		for outage.Sleep(ctx, 20*time.Millisecond) {
			if _, err := os.Stat(filepath.Join(dir, "gate")); err == nil {
				return nil
			}
		}
		return context.Cause(ctx)
	}))
}

// The fates of tasks, by the second of their tick: each ends in its own way, over and over.
const (
	fates   = 5
	fails   = 1
	isSlain = 3 // by SIGKILL; the rest do well
)

// fated is what a task does whose tick says how it ends.
func fated(dir string) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
		if err := note(dir, "begin", t.ID); err != nil {
			return err
		}
		outage.Sleep(ctx, 300*time.Millisecond)
		switch t.DueAt.Unix() % fates {
		case fails:
			return errors.Join(note(dir, "fail", t.ID), errors.New("the tick wants it"))
		case isSlain:
			return errors.Join(note(dir, "slain", t.ID), syscall.Kill(os.Getpid(), syscall.SIGKILL))
		}
		return errors.Join(context.Cause(ctx), note(dir, "end", t.ID))
	})
}

// noting notes the begin and the end of a task, each by one write.
func noting(dir string, f func(context.Context) error) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
		if err := note(dir, "begin", t.ID); err != nil {
			return err
		}
		if err := f(ctx); err != nil {
			return err
		}
		return note(dir, "end", t.ID)
	})
}

func note(dir, word, id string) error {
	f, err := os.OpenFile(filepath.Join(dir, "journal"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintf(f, "%s %s\n", word, id)
	return err
}
