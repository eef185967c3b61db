package svc_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/kafka"
	"simplest_script/test/dbtest"
)

// certify writes a certificate and its key into a folder.
func certify(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: certificate}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600))
	}
}

func TestKafkaClusterIsAsConfigured(t *testing.T) {
	cfg := config(t)
	certify(t, cfg.Home)
	cfg.Kafka["Big"] = conf.Kafka{
		Brokers: "a:9092", Compression: "zstd", Idempotent: true,
		TLS:  conf.KafkaTLS{Enable: true, Ca: filepath.Join(cfg.Home, "cert.pem"), Cert: "cert.pem", Key: "key.pem"},
		Sasl: conf.KafkaSASL{Mechanism: "SCRAM-SHA-512", User: "billing", Pass: "hunter2"},
	}
	s := dbtest.Services(t, cfg)
	c, err := s.KafkaOpener("Big")(t.Context())
	require.NoError(t, err)
	require.Len(t, c.TLS.Certificates, 1)
	require.NotNil(t, c.TLS.RootCAs)
	require.False(t, c.TLS.InsecureSkipVerify)
	c.TLS = nil
	require.Equal(t, kafka.Cluster{
		Brokers: []string{"a:9092"}, Compression: kafka.Zstd, Idempotent: true,
		SASL: kafka.SASL{Mechanism: kafka.ScramSHA512, User: "billing", Password: "hunter2"},
	}, c)

	cfg.Kafka["Plain"] = conf.Kafka{Brokers: "a:9092"}
	c, err = s.KafkaCluster(t.Context(), "Plain")
	require.NoError(t, err)
	require.Equal(t, kafka.Brokers("a:9092"), c)
}

func TestKafkaFilesThatCannotBeUsedAreNamed(t *testing.T) {
	cfg := config(t)
	certify(t, cfg.Home)
	s := dbtest.Services(t, cfg)
	for want, c := range map[string]conf.KafkaTLS{
		"none.pem":             {Enable: true, Ca: "none.pem"},
		"holds no certificate": {Enable: true, Ca: "key.pem"},
		"PEM":                  {Enable: true, Cert: "cert.pem", Key: "cert.pem"},
	} {
		cfg.Kafka["Big"] = conf.Kafka{Brokers: "a:9092", TLS: c}
		_, err := s.KafkaCluster(t.Context(), "Big")
		require.ErrorContains(t, err, "TLS of Kafka Big")
		require.ErrorContains(t, err, want)
	}
}
