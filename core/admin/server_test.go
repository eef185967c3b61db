package admin_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"simplest_script/core/admin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestReadyOnlyWhileWorkIsTaken(t *testing.T) {
	var health admin.Health
	s := admin.New("127.0.0.1:0", &health, admin.NewMetrics(), zap.NewNop())
	require.NoError(t, s.Listen(t.Context()))
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { require.NoError(t, s.Close()) }()

	check := func(path string, code int, body string) {
		t.Helper()
		res, err := http.Get("http://" + s.Addr() + path)
		require.NoError(t, err)
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		require.Equal(t, code, res.StatusCode)
		require.JSONEq(t, body, string(text))
	}
	health.Set(admin.Starting, "waiting for MySQL")
	check("/healthz", http.StatusOK, `{"state":"starting","why":"waiting for MySQL"}`)
	check("/readyz", http.StatusServiceUnavailable, `{"state":"starting","why":"waiting for MySQL"}`)
	health.Set(admin.Ready, "")
	check("/readyz", http.StatusOK, `{"state":"ready"}`)
	health.Set(admin.Draining, "")
	check("/readyz", http.StatusServiceUnavailable, `{"state":"draining"}`)
	check("/healthz", http.StatusOK, `{"state":"draining"}`)
}

func TestAddressInUseNamesTheSetting(t *testing.T) {
	first := admin.New("127.0.0.1:0", &admin.Health{}, admin.NewMetrics(), zap.NewNop())
	require.NoError(t, first.Listen(t.Context()))
	defer first.Close()
	err := admin.New(first.Addr(), &admin.Health{}, admin.NewMetrics(), zap.NewNop()).Listen(t.Context())
	require.ErrorContains(t, err, "Host and Port of the configuration")
	require.ErrorContains(t, err, first.Addr())
}
