package svc

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
)

func newServices() *Services { return New(conf.Default(), zap.NewNop()) }

func nothing() error { return nil }

func TestConcurrentFirstUsesOpenOnce(t *testing.T) {
	s := newServices()
	opens := 0
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			v, err := use(t.Context(), s, "thing", func(context.Context) (string, func() error, error) {
				opens++ // the race detector tells if two are here
				return "opened", nothing, nil
			})
			if v != "opened" || err != nil {
				t.Errorf("got %q, %v", v, err)
			}
		})
	}
	all.Wait()
	require.Equal(t, 1, opens)
}

func TestFailedOpenIsNotCached(t *testing.T) {
	s := newServices()
	away := errors.New("away")
	_, err := use(t.Context(), s, "thing", func(context.Context) (int, func() error, error) { return 0, nil, away })
	require.ErrorIs(t, err, away)
	require.ErrorContains(t, err, "opening thing: away")
	v, err := use(t.Context(), s, "thing", func(context.Context) (int, func() error, error) { return 7, nothing, nil })
	require.NoError(t, err)
	require.Equal(t, 7, v)
	require.NoError(t, s.Close())
}

func TestWhoeverWaitsForAnotherGoesByHisOwnContext(t *testing.T) {
	s := newServices()
	opening, goOn, opened := make(chan bool), make(chan bool), make(chan error)
	go func() {
		_, err := use(t.Context(), s, "thing", func(context.Context) (int, func() error, error) {
			close(opening)
			<-goOn
			return 1, nothing, nil
		})
		opened <- err
	}()
	<-opening
	reason := errors.New("had enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	_, err := use(ctx, s, "thing", func(context.Context) (int, func() error, error) { return 0, nil, errors.New("twice") })
	require.ErrorIs(t, err, reason)
	close(goOn)
	require.NoError(t, <-opened)
}

func TestCloseGoesBackwards(t *testing.T) {
	s := newServices()
	var order []string
	broken := errors.New("broken")
	for _, name := range []string{"a", "b", "c"} {
		_, err := use(t.Context(), s, name, func(context.Context) (string, func() error, error) {
			return name, func() error { order = append(order, name); return broken }, nil
		})
		require.NoError(t, err)
	}
	err := s.Close()
	require.ErrorIs(t, err, broken)
	require.ErrorContains(t, err, "closing c: broken\nclosing b: broken\nclosing a: broken")
	require.Equal(t, []string{"c", "b", "a"}, order)
	require.NoError(t, s.Close(), "there is nothing left to close")
	_, err = use(t.Context(), s, "a", func(context.Context) (string, func() error, error) { return "", nil, errors.New("opened") })
	require.ErrorIs(t, err, ErrClosed)
}

// Close does not wait for a server that does not answer; what is opened after all is closed at once.
func TestWhatIsOpenedDuringCloseIsClosed(t *testing.T) {
	s := newServices()
	closed := false
	_, err := use(t.Context(), s, "late", func(context.Context) (int, func() error, error) {
		require.NoError(t, s.Close())
		return 1, func() error { closed = true; return nil }, nil
	})
	require.ErrorIs(t, err, ErrClosed)
	require.True(t, closed)
}
