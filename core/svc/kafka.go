package svc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"simplest_script/core/conf"
	"simplest_script/core/kafka"
	"simplest_script/core/svc/embedded"
)

// KafkaOpener returns a function that returns KafkaCluster(ctx, name).
func (s *Services) KafkaOpener(name string) kafka.Open {
	return func(ctx context.Context) (kafka.Cluster, error) { return s.KafkaCluster(ctx, name) }
}

// KafkaCluster returns how the Kafka cluster of that name is reached. The embedded
// one is started; nothing else is connected to.
func (s *Services) KafkaCluster(ctx context.Context, name string) (kafka.Cluster, error) {
	brokers, err := s.KafkaBrokers(ctx, name)
	if err != nil {
		return kafka.Cluster{}, err
	}
	c := s.cfg.Kafka[name]
	cluster := kafka.Cluster{
		Brokers: brokers, Compression: kafka.Compression(c.Compression), Idempotent: c.Idempotent,
		SASL: kafka.SASL{Mechanism: kafka.Mechanism(c.Sasl.Mechanism), User: c.Sasl.User, Password: c.Sasl.Pass.Reveal()},
	}
	if cluster.TLS, err = s.kafkaTLS(c.TLS); err != nil {
		return kafka.Cluster{}, fmt.Errorf("TLS of Kafka %s: %w", name, err)
	}
	return cluster, nil
}

// kafkaTLS reads the files, each time anew: a certificate that was renewed is used
// from the next connection on.
func (s *Services) kafkaTLS(c conf.KafkaTLS) (*tls.Config, error) {
	if !c.Enable {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: c.SkipVerify}
	if c.Ca != "" {
		pem, err := os.ReadFile(s.cfg.Path(c.Ca))
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", c.Ca)
		}
	}
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(s.cfg.Path(c.Cert), s.cfg.Path(c.Key))
		if err != nil {
			return nil, err
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
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
	service, err := s.embeddedService(ctx, "the embedded Kafka", embedded.Kafka)
	if err != nil {
		return nil, err
	}
	return []string{service.Addr}, nil
}
