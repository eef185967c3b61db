package svc_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/svc"
	"simplest_script/test/dbtest"
)

// config is what a developer has who has configured nothing.
func config(t *testing.T) *conf.Config {
	t.Helper()
	cfg := conf.Default()
	cfg.Home, cfg.OwnMysql = t.TempDir(), "DBConsole"
	cfg.Mysql = map[string]conf.Secret{"DBConsole": conf.Embedded, "DBReport": conf.Embedded}
	cfg.Redis = map[string]conf.Redis{"Default": {Addr: conf.Embedded}}
	cfg.Kafka = map[string]conf.Kafka{"Default": {Brokers: conf.Embedded}}
	return cfg
}

func TestNewDoesNoIO(t *testing.T) {
	cfg := config(t)
	require.NoError(t, dbtest.Services(t, cfg).Close())
	files, err := os.ReadDir(cfg.Home)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestUnknownNames(t *testing.T) {
	cfg := config(t)
	s := dbtest.Services(t, cfg)
	_, err := s.MySQL(t.Context(), "DBRepotr")
	require.EqualError(t, err, `Mysql "DBRepotr" is not configured, only: DBConsole, DBReport; did you mean "DBReport"?`)
	_, err = s.Redis(t.Context(), "x")
	require.EqualError(t, err, `Redis "x" is not configured, only: Default`)
	cfg.Kafka = nil
	_, err = s.KafkaBrokers(t.Context(), "Default")
	require.EqualError(t, err, `Kafka "Default" is not configured: the section Kafka has no connection at all`)
}

func TestEmbeddedServicesAreRefusedWhereDataMatters(t *testing.T) {
	for _, env := range []conf.Environment{conf.Release, conf.Pre} {
		cfg := config(t)
		cfg.Env = env
		s := svc.New(cfg, zap.NewNop())
		_, own := s.Own(t.Context())
		_, mysql := s.MySQL(t.Context(), "DBReport")
		_, redis := s.Redis(t.Context(), "Default")
		_, kafka := s.KafkaBrokers(t.Context(), "Default")
		for _, err := range []error{own, mysql, redis, kafka} {
			require.ErrorContains(t, err, "embedded services are not for "+string(env))
		}
		require.NoDirExists(t, filepath.Join(cfg.Home, "data"))
	}
}
