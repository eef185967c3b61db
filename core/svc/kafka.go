package svc

import (
	"context"

	"simplest_script/core/conf"
	"simplest_script/core/svc/embedded"
)

// KafkaOpener returns a function that returns KafkaBrokers(ctx, name).
func (s *Services) KafkaOpener(name string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) { return s.KafkaBrokers(ctx, name) }
}

// KafkaBrokers returns the addresses, host:port, of the Kafka cluster of that name.
// The embedded one is started; nothing else is connected to.
func (s *Services) KafkaBrokers(ctx context.Context, name string) ([]string, error) {
	c, err := named("Kafka", s.cfg.Kafka, name)
	if err != nil {
		return nil, err
	}
	if c.Brokers != conf.Embedded {
		return c.BrokerList(), nil
	}
	addr, err := s.embeddedService(ctx, "the embedded Kafka", embedded.Kafka)
	if err != nil {
		return nil, err
	}
	return []string{addr}, nil
}
