// The benchmarks compare the engine with the fewest statements that could do the
// same, in turns and in one process. They need a MySQL server and print ratios; the
// comparison with other queues, and the bars, are those of test/bench.
//
// What profiles showed, and what was done about it (two cores, MariaDB on the same):
//
//   - Of a whole cycle the server takes four fifths. Its statements now cost what the
//     floor's cost. Before, a CASE with one branch for each row made the statement of
//     the completer twice as expensive at 200 rows, and more from there on: see perRow.
//   - Ten thousand jobs of one second: not the heap but the bound on what is started
//     and not recorded held them up, by 200 to 400 ms. Next came what was made for
//     each job at its start (context, logger, task), which is now made when it is
//     claimed or when somebody asks for it, and the clocks, read twice for each job now.
//   - The mean duration of a handler decides how much is claimed. A moving average of
//     eight runs took one run that lost its core for 30 ms for a slow handler, and the
//     next second's jobs were claimed too late; now it is one of some hundred runs.
//   - Eight daemons on the same rows: two thirds of the server's work was for rows that
//     another daemon had just taken; see turns.
package delayqueue_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// benchJobs is how many jobs one round of a throughput benchmark has.
var benchJobs = fromEnv("BENCH_JOBS", 40_000)

// benchRounds is how many rounds are run in turns; the medians count.
var benchRounds = fromEnv("BENCH_ROUNDS", 3)

func fromEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// contender is one way to work off jobs; it returns jobs per second.
type contender struct {
	name string
	run  func(b *testing.B, db *sqldb.DB) float64
}

// inTurns lets the contenders work in turns, each on a database of its own, and
// prints the rate of each and its ratio to that of the first in the same round;
// and how much processor time each job took, which says more on a busy machine.
// That of the server is known where BENCH_SERVER_PID names its process.
func inTurns(b *testing.B, cs ...contender) {
	rates, client, server := make([][]float64, len(cs)), make([][]float64, len(cs)), make([][]float64, len(cs))
	for range benchRounds {
		for i, c := range cs {
			db := dbtest.New(b, sqldb.MySQL)
			clientBefore, serverBefore := processorTime("self"), processorTime(os.Getenv("BENCH_SERVER_PID"))
			rates[i] = append(rates[i], c.run(b, db))
			client[i] = append(client[i], (processorTime("self")-clientBefore)/float64(benchJobs))
			server[i] = append(server[i], (processorTime(os.Getenv("BENCH_SERVER_PID"))-serverBefore)/float64(benchJobs))
		}
	}
	for i, c := range cs {
		ratios := make([]float64, len(rates[i]))
		for r := range ratios {
			ratios[r] = rates[i][r] / rates[0][r]
		}
		b.Logf("%-14s %8.0f/s, of the first %.2f (rounds %.2f); per job %.1f µs here, %.1f µs in the server",
			c.name, median(rates[i]), median(ratios), ratios, median(client[i]), median(server[i]))
	}
}

// processorTime returns how many microseconds a process has used, 0 where that is
// not known.
func processorTime(pid string) float64 {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	const tick = 10_000 // microseconds; the kernel counts hundredths of a second for everybody
	return float64((user + system) * tick)
}

func median(values []float64) float64 {
	s := slices.Sorted(slices.Values(values))
	return s[len(s)/2]
}

// BenchmarkCycle is push, claim, run and record of jobs that are due at once.
func BenchmarkCycle(b *testing.B) {
	inTurns(b, contender{"floor", floorCycle},
		contender{"ours", func(b *testing.B, db *sqldb.DB) float64 { return oursCycle(b, db, 1) }},
		contender{"four daemons", func(b *testing.B, db *sqldb.DB) float64 { return oursCycle(b, db, 4) }})
}

// oursCycle pushes in batches of 1,000 while the daemons work.
func oursCycle(b *testing.B, db *sqldb.DB, daemons int) float64 {
	counts := make([]atomic.Int32, benchJobs)
	var done atomic.Int64
	all := make(chan struct{})
	handler := func(_ context.Context, t *core.Task) error {
		i, err := strconv.Atoi(string(t.Payload))
		counts[i].Add(1)
		return err
	}
	observe := func(e delayqueue.Event) {
		if e.Type == delayqueue.Done && done.Add(1) == int64(benchJobs) {
			close(all)
		}
	}
	var first *delayqueue.Engine
	for range daemons {
		engine, stop := benchDaemon(b, db, handler, observe)
		defer stop()
		first = engine
	}
	queue := first.Queue()
	began := time.Now()
	for from := 0; from < benchJobs; from += 1000 {
		_, err := queue.PushContext(b.Context(), benchBatch(from, min(1000, benchJobs-from), 0))
		require.NoError(b, err)
	}
	<-all
	took := time.Since(began)
	for i := range counts {
		require.EqualValues(b, 1, counts[i].Load(), "runs of job %d", i)
	}
	return float64(benchJobs) / took.Seconds()
}

func benchBatch(from, n int, due int) []core.DelayQueuePushParams {
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{Name: "bench", ExecCmd: "bench", Params: strconv.Itoa(from + i), ExecTime: due}
	}
	return jobs
}

// benchDaemon runs a daemon with one kind until it is stopped.
func benchDaemon(b *testing.B, db *sqldb.DB, handler core.HandlerFunc, observe delayqueue.Observer) (engine *delayqueue.Engine, stop func()) {
	reg := core.NewRegistry()
	reg.Add("bench", handler)
	keeper := lease.New(lease.Config{}, func(context.Context) (lease.Store, error) { return lease.NewSQLStore(db), nil },
		lease.Identity{Host: "here", PID: 1, Kinds: reg.Names()}, clock.System{}, zap.NewNop())
	leaseCtx, endLease := context.WithCancel(context.Background())
	leaseEnded := make(chan error, 1)
	go func() { leaseEnded <- keeper.Run(leaseCtx) }()
	store := sqlstore.New(db)
	engine = delayqueue.NewEngine(delayqueue.Config{}, reg, func(context.Context) (delayqueue.Store, error) { return store, nil },
		keeper, clock.System{}, zap.NewNop(), observe)
	intake, endIntake := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(intake, context.Background()) }()
	_, err := keeper.Current(b.Context())
	require.NoError(b, err)
	return engine, func() {
		endIntake()
		require.NoError(b, <-ended)
		endLease()
		require.NoError(b, <-leaseEnded)
	}
}

// BenchmarkClaims is the claims of stores that work on the same rows.
func BenchmarkClaims(b *testing.B) {
	var cs []contender
	for _, n := range []int{1, 2, 4, 8} {
		cs = append(cs, contender{fmt.Sprintf("%d claimers", n), func(b *testing.B, db *sqldb.DB) float64 { return claims(b, db, n) }})
	}
	inTurns(b, cs...)
}

func claims(b *testing.B, db *sqldb.DB, claimers int) float64 {
	filled := sqlstore.New(db)
	for from := 0; from < benchJobs; from += 1000 {
		_, err := filled.Push(b.Context(), benchBatch(from, 1000, 0))
		require.NoError(b, err)
	}
	var total atomic.Int64
	ended := make(chan error, claimers)
	began := time.Now()
	for i := range claimers {
		store := sqlstore.New(db)
		go func() {
			for token := uint64(i + 1); ; token += 8 {
				rows, more, err := store.Claim(b.Context(), delayqueue.Claim{Owner: fmt.Sprint("d", i), Token: token}, "bench", time.Second, 500)
				total.Add(int64(len(rows)))
				if err != nil || !more && len(rows) == 0 {
					ended <- err
					return
				}
			}
		}()
	}
	for range claimers {
		require.NoError(b, <-ended)
	}
	took := time.Since(began)
	require.EqualValues(b, benchJobs, total.Load(), "each row is claimed once")
	return float64(benchJobs) / took.Seconds()
}
