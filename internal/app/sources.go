package app

import (
	"time"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/kafka"
	"simplest_script/core/logger"
	"simplest_script/core/redislist"
)

// source makes the source of a consumer: the one place that knows which kinds of
// sources there are.
func (m *Machine) source(e conf.QueueEntry) (core.Source, error) {
	log := logger.NewLogger("")
	if e.Key != "" {
		return redislist.NewSource(m.Services.RedisOpener(conf.DefaultName), redislist.Options{Key: e.Key, Lease: m.Config.Consumer.RedisLease}, log), nil
	}
	options := kafka.Options{
		Topic: e.Topic, GroupID: e.GroupID, Initial: kafka.Initial(e.InitialOffset),
		Session: m.Config.Consumer.KafkaSession, Heartbeat: min(m.Config.Consumer.KafkaSession/3, 3*time.Second),
	}
	return kafka.NewSource(m.Services.KafkaOpener(conf.DefaultName), options, log), nil
}
