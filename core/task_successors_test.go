package core_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func TestSuccessorsAreCollected(t *testing.T) {
	task := &core.Task{ExecCmd: "parent"}
	task.AllowSuccessors()
	require.Empty(t, task.Successors())
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if err := task.PushOnDone(core.DelayQueuePushParams{ExecCmd: fmt.Sprint(i)}, core.DelayQueuePushParams{ExecCmd: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	require.Len(t, task.Successors(), 20)
}

func TestSuccessorsThatDoNotFitAreRefused(t *testing.T) {
	task := &core.Task{ExecCmd: "parent"}
	task.AllowSuccessors()
	require.ErrorIs(t, task.PushOnDone(core.DelayQueuePushParams{ExecCmd: "good"}, core.DelayQueuePushParams{}), core.ErrInvalidPush)
	require.Empty(t, task.Successors())

	jobs := make([]core.DelayQueuePushParams, 600)
	for i := range jobs {
		jobs[i].ExecCmd = "x"
	}
	require.NoError(t, task.PushOnDone(jobs...))
	require.ErrorIs(t, task.PushOnDone(jobs...), core.ErrInvalidPush)
	require.NoError(t, task.PushOnDone(jobs[:400]...))
	require.Len(t, task.Successors(), 1000)
}

func TestSuccessorsNeedATransaction(t *testing.T) {
	task := &core.Task{ExecCmd: "consumer"}
	err := task.PushOnDone(core.DelayQueuePushParams{ExecCmd: "x"})
	require.ErrorIs(t, err, core.ErrNoSuccessors)
	require.ErrorContains(t, err, "consumer: ")
}
