package consumer_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/logger"
)

// Whichever way a handler asks, it is told of its deadline.
func TestEveryQuestionToTheContextTellsOfTheTimeout(t *testing.T) {
	for name, ask := range map[string]func(ctx context.Context){
		"Done":    func(ctx context.Context) { <-ctx.Done() },
		"a child": func(ctx context.Context) { child, cancel := context.WithCancel(ctx); defer cancel(); <-child.Done() },
		"Err": func(ctx context.Context) {
			for ctx.Err() == nil {
				<-time.After(100 * time.Millisecond)
			}
		},
		"Deadline":   func(ctx context.Context) { at, _ := ctx.Deadline(); <-time.After(time.Until(at)) },
		"not at all": func(context.Context) { <-time.After(4 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w *world) {
				l := newList("l", 1)
				w.sources["work"] = &memory{lists: []*list{l}}
				began := time.Now()
				w.handle("work", func(ctx context.Context, _ *core.Task) error {
					ask(ctx)
					require.GreaterOrEqual(w, time.Since(began), 3*time.Second)
					require.ErrorIs(w, ctx.Err(), context.DeadlineExceeded)
					require.ErrorIs(w, context.Cause(ctx), core.ErrTimeout)
					return errors.New("too slow")
				}, core.MaxAttempts(1), core.Timeout(3*time.Second))
				w.start(entry("work", 1))
				time.Sleep(time.Minute)
				synctest.Wait()
				require.Equal(w, "handler timeout after 3s: too slow", l.dead["l/0"])
				w.shutDown()
			})
		})
	}
}

func TestLoggerOfTheContextSpeaksOfTheTask(t *testing.T) {
	home := t.TempDir()
	logs, err := logger.New(logger.Options{Path: home})
	require.NoError(t, err)
	logger.SetDefault(logs)
	defer logger.SetDefault(nil)
	bubble(t, func(w *world) {
		w.sources["work"] = &memory{lists: []*list{newList("l", 2)}}
		w.handle("work", func(ctx context.Context, _ *core.Task) error {
			logger.From(ctx).Info("seen")
			return nil
		})
		w.start(entry("work", 1))
		w.shutDown()
	})
	require.NoError(t, logs.Close())
	files, err := filepath.Glob(filepath.Join(home, "*.log"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	for _, id := range []string{"l/0", "l/1"} {
		require.Contains(t, string(text), `"msg":"seen","task_id":"`+id+`","exec_cmd":"work","attempt":1`)
	}
}
