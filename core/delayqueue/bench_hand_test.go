package delayqueue

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkTakeOut is one request for a job out of a full hand.
func BenchmarkTakeOut(b *testing.B) {
	for _, due := range []bool{false, true} {
		b.Run(fmt.Sprintf("due %t", due), func(b *testing.B) {
			k := kindWith("k", 0)
			h := newHand(nil, nil, 0, []*kind{k})
			rows := make([]Row, mostInAll)
			for i := range rows {
				rows[i] = Row{ID: uint64(i + 1), Token: 1, Due: int64(i)}
			}
			jobs := newJobs(rows, k, &generation{})
			h.add(k, jobs, found{})
			for i := 0; b.Loop(); i++ {
				if due {
					h.fire(mostInAll)
				}
				j := jobs[i*7919%len(jobs)]
				require.Same(b, j, h.takeOut(j.held()))
				h.add(k, []*job{j}, found{})
			}
		})
	}
}
