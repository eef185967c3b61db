// Package exec holds the consumers of Kafka topics and Redis lists: one file
// each, and one line here.
package exec

import (
	"simplest_script/core/plug"
	"simplest_script/core/svc"
)

// Module plugs the consumers into the daemon.
func Module() plug.Module {
	return plug.Module{Name: "exec", Handlers: register}
}

func register(h plug.Handlers, _ *svc.Services) {
	h.Consumer.Add("kafka_test", KafkaTest())
	h.Consumer.Add("redis_test", RedisTest())
}
