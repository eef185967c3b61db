package conf_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"pgregory.net/rapid"

	"simplest_script/core/conf"
)

func TestExplain(t *testing.T) {
	c, report := house{env: "release", yaml: originalYAML, robot: &robot{Secret: "hunter2", Targets: []target{{Password: "hunter2"}}}}.load(t)
	require.NoError(t, report.Err())
	values := map[string]conf.Value{}
	for _, v := range c.Explain() {
		values[v.Path] = v
	}
	for _, want := range []conf.Value{
		{Path: "Mysql.DBConsole", Value: "root:******@tcp(127.0.0.1:3306)/console?charset=utf8mb4&loc=Local&parseTime=true", Origin: "etc/release.yaml:8:14"},
		{Path: "Redis.Default.Addr", Value: "127.0.0.1:6379", Origin: "etc/release.yaml:13:11"},
		{Path: "Redis.Default.Pass", Value: "******", Origin: "etc/release.yaml:14:11"},
		{Path: "Redis.Shop.Pass", Value: "", Origin: "etc/release.yaml:16:40"},
		{Path: "Kafka.Default.Brokers", Value: "127.0.0.1:9092,127.0.0.1:9093", Origin: "etc/release.yaml:26:12"},
		{Path: "OwnMysql", Value: "DBConsole", Origin: "default"},
		{Path: "Drain", Value: "30s", Origin: "default"},
		{Path: "Robot.WechatUrl", Value: "******", Origin: "etc/release.yaml:31:14"},
		{Path: "Robot.Secret", Value: "******", Origin: "default"},
		{Path: "Robot.Retries", Value: "0", Origin: "default"},
		{Path: "Robot.Targets.0.Password", Value: "******", Origin: "default"},
		{Path: "Aliyun", Value: "read by no module", Origin: "etc/release.yaml:29:1"},
	} {
		require.Equal(t, want, values[want.Path])
	}
}

// Whatever is printed of a configuration, right or wrong, the secret is not in it.
func TestSecretsAreNotPrinted(t *testing.T) {
	wrong := `
Mysql: {DBConsole: 'root:hunter2@tcp(db:3306', DBLog: 'hunter2', DBShop: ['hunter2']}
Redis: {Default: hunter2, Shop: {Addr: 'u:hunter2@redis:6379', Pass: [hunter2], Db: 0}, Log: {Addr: 'redis:6379', Pass: hunter2}}
Kafka: {Brokers: 'u:hunter2@kafka'}
Aliyun: {AccessKey: hunter2}
Robot: {WechatUrl: 'http://hunter2', Secret: hunter2, Targets: [{Password: hunter2}, hunter2]}
`
	section := &robot{}
	c, report := house{env: "release", yaml: originalYAML, robot: section}.load(t)
	require.NoError(t, report.Err())
	require.NotContains(t, printings(t, c, c.Explain(), report), "hunter2")

	c, report = house{
		env: "release", yaml: wrong, robot: section,
		environ: []string{"SCRIPT_PORT_FILE=etc/port"},
		files:   map[string]string{"etc/port": "hunter2"},
	}.load(t)
	require.Len(t, complaints(report), 10)
	require.NotContains(t, printings(t, c.Explain(), report, report.Err()), "hunter2")
}

func TestSecret(t *testing.T) {
	s := conf.Secret("hunter2")
	require.Equal(t, "hunter2", s.Reveal())
	require.Equal(t, "******", s.String())
	require.Empty(t, conf.Secret("").String())
	require.NotContains(t, printings(t, s, &s, []conf.Secret{s}, map[string]conf.Secret{"a": s}, conf.Redis{Pass: s}), "hunter2")
}

// printings formats values in every way that Go knows.
func printings(t *testing.T, values ...any) string {
	t.Helper()
	var all string
	for _, v := range values {
		all += fmt.Sprintf("%v %+v %#v %s %q %x %d %t", v, v, v, v, v, v, v, v)
		asJSON, err := json.Marshal(v)
		require.NoError(t, err)
		asYAML, err := yaml.Marshal(v)
		require.NoError(t, err)
		all += string(asJSON) + string(asYAML)
	}
	return all
}

// Whatever characters a password has, a DSN that is accepted is shown without it.
func TestPasswordsOfDSNs(t *testing.T) {
	const dsn = "user:%s@tcp(db:3306)/console?charset=utf8mb4&timeout=%s"
	opts := house{}.build(t)
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.StringMatching(`[a-z@:/?&=()%# ]{0,8}Q9Q[a-z@:/?&=()%# ]{0,8}`).Draw(t, "password")
		timeout := rapid.SampledFrom([]string{"1s", "x"}).Draw(t, "timeout")
		opts.Environ = []string{"SCRIPT_MYSQL_DBCONSOLE=" + fmt.Sprintf(dsn, password, timeout)}
		c, report := conf.Load(opts)
		require.NotContains(t, fmt.Sprint(c, c.Explain(), report.Problems), "Q9Q")
	})
}
