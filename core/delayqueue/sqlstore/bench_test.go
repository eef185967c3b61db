package sqlstore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// BenchmarkPush is one push of 1,000 jobs, without and with unique keys. What a push
// costs beside plain statements is measured by test/bench/delay, which has no keys.
func BenchmarkPush(b *testing.B) {
	for _, keys := range []bool{false, true} {
		b.Run(fmt.Sprintf("keys %t", keys), func(b *testing.B) {
			store := sqlstore.New(dbtest.New(b, sqldb.MySQL))
			jobs := make([]core.DelayQueuePushParams, 1000)
			for batch := 0; b.Loop(); batch++ {
				for i := range jobs {
					jobs[i] = core.DelayQueuePushParams{Name: "bench", ExecCmd: "bench", Params: "{}"}
					if keys {
						jobs[i].UniqueKey = fmt.Sprintf("%d/%d", batch, i)
					}
				}
				receipts, err := store.Push(b.Context(), jobs)
				require.NoError(b, err)
				require.Len(b, receipts, len(jobs))
			}
		})
	}
}
