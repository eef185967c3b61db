package embedded_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"go.uber.org/goleak"

	"simplest_script/core/svc/embedded"
)

// variable makes the test binary a process that runs an embedded Redis in the
// folder it names, until standard input ends.
const variable = "TEST_EMBEDDED_REDIS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(variable); dir != "" {
		os.Exit(runRedis(dir))
	}
	// One goroutine of the metrics library that sarama uses lives as long as its process.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/rcrowley/go-metrics.(*meterArbiter).tick"))
}

func runRedis(dir string) int {
	service, err := embedded.Redis(context.Background(), dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(service.Addr)
	_, _ = io.Copy(io.Discard, os.Stdin) // until it ends, in whatever way
	if err := service.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
