package kafka

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// Cluster is how brokers are reached, and what they want of whoever sends to them.
type Cluster struct {
	Brokers []string    // host:port
	TLS     *tls.Config // nil: none
	SASL    SASL
	// Of what is sent to the cluster:
	Compression Compression // None
	// Idempotent lets brokers, from 0.11, drop what a repeated request sends twice.
	// Producers with acks other than all cannot have it, and go without.
	Idempotent bool
}

// Brokers is a Cluster that is reached in the clear and without a login.
func Brokers(addresses ...string) Cluster { return Cluster{Brokers: addresses} }

// SASL is a login; without a mechanism there is none. What is not ASCII in a name
// or password is sent as it stands.
type SASL struct {
	Mechanism      Mechanism
	User, Password string
}

// Mechanism is how a login proves that it knows its password.
type Mechanism string

// With Plain the password itself is sent, so it is for TLS only.
const (
	Plain       Mechanism = "PLAIN"
	ScramSHA256 Mechanism = "SCRAM-SHA-256"
	ScramSHA512 Mechanism = "SCRAM-SHA-512"
)

// Compression is how batches are packed.
type Compression string

// None is the default. Zstd is for brokers from 2.1.
const (
	None   Compression = "none"
	Gzip   Compression = "gzip"
	Snappy Compression = "snappy"
	LZ4    Compression = "lz4"
	Zstd   Compression = "zstd"
)

// secure lets connections use the cluster's TLS and login.
func (c Cluster) secure(cfg *sarama.Config) error {
	cfg.Net.TLS.Enable, cfg.Net.TLS.Config = c.TLS != nil, c.TLS
	if c.SASL == (SASL{}) {
		return nil
	}
	if c.SASL.User == "" || c.SASL.Password == "" {
		return errors.New("the login to Kafka lacks its user or its password")
	}
	s := &cfg.Net.SASL
	s.Enable, s.Mechanism, s.User, s.Password = true, sarama.SASLMechanism(c.SASL.Mechanism), c.SASL.User, c.SASL.Password
	switch c.SASL.Mechanism {
	case Plain:
	case ScramSHA256, ScramSHA512:
		s.SCRAMClientGeneratorFunc = func() sarama.SCRAMClient { return newScram(c.SASL.Mechanism) }
	default:
		return fmt.Errorf("the SASL mechanism is %q, %q or %q, not %q", Plain, ScramSHA256, ScramSHA512, c.SASL.Mechanism)
	}
	return nil
}

// pack lets a producer use what the cluster wants.
func (c Cluster) pack(cfg *sarama.Config) error {
	cfg.Producer.Idempotent = c.Idempotent && cfg.Producer.RequiredAcks == sarama.WaitForAll
	switch c.Compression {
	case None, "":
		cfg.Producer.Compression = sarama.CompressionNone
	case Gzip:
		cfg.Producer.Compression = sarama.CompressionGZIP
	case Snappy:
		cfg.Producer.Compression = sarama.CompressionSnappy
	case LZ4:
		cfg.Producer.Compression = sarama.CompressionLZ4
	case Zstd:
		cfg.Producer.Compression = sarama.CompressionZSTD
	default:
		return fmt.Errorf("the compression is %q, %q, %q, %q or %q, not %q", None, Gzip, Snappy, LZ4, Zstd, c.Compression)
	}
	return nil
}
