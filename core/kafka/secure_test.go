package kafka_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// certificate signs itself, for 127.0.0.1.
func certificate(t *testing.T) (pair tls.Certificate, trust *x509.CertPool) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	trust = x509.NewCertPool()
	trust.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trust
}

const user, password = "billing", "hunter=2,"

// guarded is a Kafka that wants TLS on both sides and a login.
func guarded(t *testing.T, mechanism kafka.Mechanism) kafka.Cluster {
	server, trustServer := certificate(t)
	client, trustClient := certificate(t)
	k, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(string(mechanism), user, password),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: trustClient, ClientAuth: tls.RequireAndVerifyClientCert}))
	require.NoError(t, err)
	t.Cleanup(k.Close)
	return kafka.Cluster{
		Brokers: k.ListenAddrs(), TLS: &tls.Config{RootCAs: trustServer, Certificates: []tls.Certificate{client}},
		SASL: kafka.SASL{Mechanism: mechanism, User: user, Password: password},
	}
}

// Every way to the brokers logs in: that of the Admin, of the Producer, of the
// member, of its commits and its dead letters.
func TestSecuredClusterIsReached(t *testing.T) {
	for _, mechanism := range []kafka.Mechanism{kafka.Plain, kafka.ScramSHA256, kafka.ScramSHA512} {
		t.Run(string(mechanism), func(t *testing.T) {
			t.Parallel()
			secured := guarded(t, mechanism)
			open := func(context.Context) (kafka.Cluster, error) { return secured, nil }
			admin, err := kafka.OpenAdmin(t.Context(), secured, "", nil)
			require.NoError(t, err)
			defer admin.Close()
			require.NoError(t, admin.CreateTopic(t.Context(), "orders", 1, nil))
			require.NoError(t, admin.CreateTopic(t.Context(), "orders.dead", 1, nil))
			logs := newLogs()
			p := kafka.NewProducer(open, kafka.ProducerOptions{}, logs.logger)
			require.NoError(t, p.Send(t.Context(), []kafka.Message{{Topic: "orders", Value: []byte("1")}}))
			require.NoError(t, p.Close(t.Context()))
			first(t, kafka.NewSource(open, options("orders"), logs.logger), func(l core.Lane, task *core.Task) {
				require.Equal(t, "1", string(task.Payload))
				require.NoError(t, l.Dead(t.Context(), task, context.Canceled))
				l.Done([]*core.Task{task})
			})
			positions, err := admin.Positions(t.Context(), "orders", "orders")
			require.NoError(t, err)
			require.EqualValues(t, 1, positions[0].Committed)
		})
	}
}

func TestWrongCredentialsAreSaid(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*kafka.Cluster)
		want   string
	}{
		"another password":      {func(c *kafka.Cluster) { c.SASL.Password = "guessed-it" }, "Kafka at"},
		"another authority":     {func(c *kafka.Cluster) { c.TLS.RootCAs = x509.NewCertPool() }, "certificate"},
		"no TLS":                {func(c *kafka.Cluster) { c.TLS = nil }, "Kafka at"},
		"no user":               {func(c *kafka.Cluster) { c.SASL.User = "" }, "lacks its user"},
		"a mechanism not known": {func(c *kafka.Cluster) { c.SASL.Mechanism = "MD5" }, `not "MD5"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secured := guarded(t, kafka.ScramSHA256)
			c.change(&secured)
			_, err := kafka.OpenAdmin(t.Context(), secured, "", nil)
			require.ErrorContains(t, err, c.want)
			require.False(t, strings.Contains(err.Error(), secured.SASL.Password), "no secret in %q", err)
		})
	}
}

func TestCompressionAndIdempotence(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		n := 0
		for _, compression := range []kafka.Compression{kafka.None, kafka.Gzip, kafka.Snappy, kafka.LZ4, kafka.Zstd} {
			packed := kafka.Brokers(c.brokers...)
			packed.Compression, packed.Idempotent = compression, true
			for _, acks := range []kafka.Acks{kafka.AcksAll, kafka.AcksLeader} {
				p := kafka.NewProducer(func(context.Context) (kafka.Cluster, error) { return packed, nil }, kafka.ProducerOptions{Acks: acks}, newLogs().logger)
				n++
				require.NoError(t, p.Send(t.Context(), []kafka.Message{{Topic: topic, Value: []byte{byte('0' + n/10), byte('0' + n%10)}}}), "%s, acks %s", compression, acks)
				require.NoError(t, p.Close(t.Context()))
			}
		}
		got := newRecord(t)
		start(t, c.source(t, options(topic)), each(got.add))
		got.waitFor(1, n)

		wrong := kafka.Brokers(c.brokers...)
		wrong.Compression = "rar"
		p := kafka.NewProducer(func(context.Context) (kafka.Cluster, error) { return wrong, nil }, kafka.ProducerOptions{}, newLogs().logger)
		require.ErrorContains(t, p.Send(t.Context(), []kafka.Message{{Topic: topic}}), `not "rar"`)
	})
}
