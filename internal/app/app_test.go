package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

type part struct {
	name string
	run  func(intake, work context.Context) error
}

func (p part) Name() string                           { return p.name }
func (p part) Run(intake, work context.Context) error { return p.run(intake, work) }

func TestStackClosesTheLastFirstAndGoesOnAfterFailures(t *testing.T) {
	var s stopStack
	var order []string
	for _, name := range []string{"logger", "services", "http"} {
		s.onStop(name, func() error {
			order = append(order, name)
			if name == "services" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	require.EqualError(t, s.unwind(), "closing services: stuck")
	require.Equal(t, []string{"http", "services", "logger"}, order)
	require.NoError(t, s.unwind(), "nothing is closed twice")
	require.Len(t, order, 3)
}

func TestWorkEndsOneDrainAfterIntake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		e, done := newEnds(ctx, 10*time.Second)
		defer done()
		stop()
		began := time.Now()
		<-e.intake.Done()
		require.NoError(t, e.work.Err(), "work goes on after intake has ended")
		<-e.work.Done()
		require.Equal(t, 10*time.Second, time.Since(began))
	})
}

func TestFaultOfOneComponentEndsTheIntakeOfAll(t *testing.T) {
	e, done := newEnds(t.Context(), time.Minute)
	defer done()
	drained := false
	err := runGroup(e, []core.Component{
		part{"good", func(intake, _ context.Context) error { <-intake.Done(); drained = true; return nil }},
		part{"bad", func(context.Context, context.Context) error { return errors.New("no such table") }},
	})
	require.EqualError(t, err, "bad: no such table")
	require.True(t, drained)
}

func TestGateLetsThroughOnceItIsOpen(t *testing.T) {
	g := newGate()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("given up"))
	require.EqualError(t, g.wait(ctx), "given up")
	g.let()
	g.let()
	require.NoError(t, g.wait(t.Context()))
}
