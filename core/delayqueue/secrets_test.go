package delayqueue_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// The text of the server's error 1366 quotes the value that it refuses.
func TestResultThatTheDatabaseRefusesIsKeptPlainAndStandsInNoLog(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		if r.db.Dialect == sqldb.SQLite {
			return // it takes any text
		}
		seen, logs := observer.New(zapcore.DebugLevel)
		r.log = zap.New(seen)
		const result = "发货地址 secret road 7"
		r.handle("answers", func(_ context.Context, task *core.Task) error { return task.SetResult(result) })
		_, err := r.db.ExecContext(r.t.Context(), "ALTER TABLE delay_queue_log MODIFY result VARCHAR(500) CHARACTER SET ascii NOT NULL DEFAULT ''")
		require.NoError(r.t, err)
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "answers", Params: "secret params"})[0]
		r.await(delayqueue.Done, id)
		require.Equal(r.t, `"???? secret road 7"`, r.row(id).result)
		require.Equal(r.t, 1, logs.FilterMessageSnippet("result refused by the database").Len())
		for _, line := range logs.All() {
			text := fmt.Sprint(line.Message, line.ContextMap())
			require.NotContains(r.t, text, "secret")
			require.NotContains(r.t, text, `\xE5`, "nor the bytes that the server quotes")
		}
	})
}
