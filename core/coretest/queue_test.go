package coretest_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/core/delayqueue"
)

// place is business code that pushes: an order that is not paid is closed later.
func place(order string) error {
	_, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{
		{Name: "close the order", ExecCmd: "order_close", Params: order, DelayTime: 1800},
	})
	return err
}

func TestQueueRemembersWhatWasPushed(t *testing.T) {
	pushes := coretest.Queue(t)
	require.Empty(t, pushes.Jobs())

	require.NoError(t, place("A1"))
	ids, err := delayqueue.NewDelayQueue().PushContext(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "b"}, {ExecCmd: "c"}})
	require.NoError(t, err)
	require.Equal(t, []uint64{2, 3}, ids)
	require.Equal(t, []core.DelayQueuePushParams{
		{Name: "close the order", ExecCmd: "order_close", Params: "A1", DelayTime: 1800},
		{ExecCmd: "b"},
		{ExecCmd: "c"},
	}, pushes.Jobs())
}

func TestQueueKeepsUniqueKeys(t *testing.T) {
	pushes := coretest.Queue(t)
	job := core.DelayQueuePushParams{ExecCmd: "b", UniqueKey: "A1"}
	receipts, err := delayqueue.NewDelayQueue().PushEach(t.Context(), []core.DelayQueuePushParams{job, {ExecCmd: "c", UniqueKey: "A1"}, job})
	require.NoError(t, err)
	require.Equal(t, []delayqueue.Receipt{{ID: 1}, {ID: 2}, {ID: 1, Existed: true}}, receipts)
	require.Len(t, pushes.Jobs(), 2)
}

func TestQueueRefusesWhatTheRealOneRefuses(t *testing.T) {
	pushes := coretest.Queue(t)
	require.ErrorIs(t, place(strings.Repeat("长", 501)), core.ErrInvalidPush)
	require.Empty(t, pushes.Jobs())
}

func TestQueueFailsAsTold(t *testing.T) {
	pushes := coretest.Queue(t)
	pushes.Fail(core.ErrUnknownOutcome)
	require.ErrorIs(t, place("A1"), core.ErrUnknownOutcome)
	require.Empty(t, pushes.Jobs())

	pushes.Fail(nil)
	require.NoError(t, place("A1"))
	require.Len(t, pushes.Jobs(), 1)
}

func TestQueueIsTakenBackAfterTheTest(t *testing.T) {
	fault := errors.New("the queue of before")
	delayqueue.SetDefault(delayqueue.New(func(context.Context) (delayqueue.Store, error) { return nil, fault }))
	t.Cleanup(func() { delayqueue.SetDefault(nil) })
	t.Run("inner", func(t *testing.T) {
		coretest.Queue(t)
		require.NoError(t, place("A1"))
	})
	require.ErrorIs(t, place("A1"), fault)
}

func TestQueueIsNotForParallelTests(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		t.Parallel()
		require.Panics(t, func() { coretest.Queue(t) })
	})
}
