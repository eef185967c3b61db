//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// swept is a file that another daemon looks at in the moment when this one takes it.
type swept struct {
	folder, path string
	began        time.Time
	release      func() error // the other daemon is through
}

func newSwept(t *testing.T) swept {
	s := swept{folder: t.TempDir(), began: time.Unix(1795305600, 0)}
	s.path = filepath.Join(s.folder, crashName(s.began, 7))
	require.NoError(t, os.WriteFile(s.path, nil, 0o600))
	release, err := takeCrash(s.path)
	require.NoError(t, err)
	s.release = release
	return s
}

// Else its silent death a month later might go unnoticed: the file would be removed by
// whoever looks at it first.
func TestDaemonHoldsAFileThatAnotherJustLooksAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, logs := observer.New(zap.WarnLevel)
		s := newSwept(t)
		made := make(chan *os.File)
		go func() {
			file, err := newCrash(t.Context(), zap.New(log), s.folder, s.began, 7)
			if err != nil {
				t.Error(err)
			}
			made <- file
		}()
		synctest.Wait() // it was refused
		require.NoError(t, s.release())
		file := <-made
		_, err := takeCrash(s.path)
		require.ErrorIs(t, err, errCrashHeld)
		require.Zero(t, logs.Len())
		require.NoError(t, file.Close())
	})
}

// The other daemon may be halted: this one starts all the same, and says what that
// means.
func TestDaemonStartsWithAFileThatItCannotHold(t *testing.T) {
	for name, ended := range map[string]bool{"for long": false, "and is to end itself": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, logs := observer.New(zap.WarnLevel)
				ctx, end := context.WithCancel(t.Context())
				defer end()
				if ended {
					end()
				}
				s := newSwept(t)
				file, err := newCrash(ctx, zap.New(log), s.folder, s.began, 7)
				require.NoError(t, err)
				lines := logs.FilterMessageSnippet("cannot be held").All()
				require.Len(t, lines, 1)
				require.Contains(t, lines[0].ContextMap()["error"], errCrashHeld.Error())
				require.NoError(t, s.release())
				_, err = file.WriteString("fatal error")
				require.NoError(t, err)
				require.NoError(t, file.Close())
				require.Equal(t, "the process ended with: fatal error", endOf(t, s.folder, "unknown", 7))
			})
		})
	}
}
