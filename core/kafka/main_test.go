package kafka_test

import (
	"testing"

	"go.uber.org/goleak"
)

// One goroutine of the metrics library that sarama uses lives as long as its process.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/rcrowley/go-metrics.(*meterArbiter).tick"))
}
