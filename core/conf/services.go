package conf

import (
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"simplest_script/core/conf/strict"
)

// nameServices gives a section that the file does not have its one connection: the
// embedded service in dev, elsewhere an empty one where variables fill it.
func (l *loader) nameServices() {
	if l.Env == Dev {
		l.embedServices()
		return
	}
	if len(l.Mysql) == 0 && l.variables.anyFor("Mysql."+ConsoleName) {
		l.Mysql = map[string]Secret{ConsoleName: ""}
	}
	if len(l.Redis) == 0 && l.variables.anyFor("Redis."+DefaultName) {
		l.Redis = map[string]Redis{DefaultName: {}}
	}
	if len(l.Kafka) == 0 && l.variables.anyFor("Kafka."+DefaultName) {
		l.Kafka = map[string]Kafka{DefaultName: {}}
	}
}

func (c *Config) embedServices() {
	if len(c.Mysql) == 0 {
		c.Mysql = map[string]Secret{ConsoleName: Embedded}
	}
	if len(c.Redis) == 0 {
		c.Redis = map[string]Redis{DefaultName: {Addr: Embedded}}
	}
	if len(c.Kafka) == 0 {
		c.Kafka = map[string]Kafka{DefaultName: {Brokers: Embedded}}
	}
}

// checkServices checks every named connection. No message repeats a DSN or an
// address, which may hold a password.
func (l *loader) checkServices(ours *strict.Node) {
	if len(l.Mysql) == 0 && ours.Pair("Mysql") == nil {
		l.report.Errorf(Position{File: l.file}, "write it in the file, or set "+variableName("Mysql."+ConsoleName),
			"Mysql is missing: the daemon keeps its own tables there")
	}
	for _, name := range slices.Sorted(maps.Keys(l.Mysql)) {
		l.checkService("Mysql."+name, l.Mysql[name].Reveal(), "a DSN", checkDSN)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Redis)) {
		l.checkService("Redis."+name+".Addr", l.Redis[name].Addr, "host:port", checkAddresses)
		atLeast(l, "Redis."+name+".Db", l.Redis[name].Db, 0)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Kafka)) {
		l.checkService("Kafka."+name+".Brokers", l.Kafka[name].Brokers, "host:port, or several with commas", checkAddresses)
		atLeast(l, "Kafka."+name+".MaxIdle", l.Kafka[name].MaxIdle, 0)
		l.checkKafka("Kafka."+name, l.Kafka[name])
	}
}

// checkService checks the address of one connection, with check for its form.
func (l *loader) checkService(path, address, want string, check func(string) error) {
	switch {
	case l.decoder.Failed(path): // reported
	case address == Embedded && (l.Env == Release || l.Env == Pre):
		l.report.Errorf(l.at(path), "write "+want, "%s is embedded, which %s does not allow: its data would be lost", path, l.Env)
	case address == Embedded:
	case address == "":
		name := variableName(path)
		l.report.Errorf(l.at(path), "", "%s is empty: write %s, or set %s or %s", path, want, name, name+fileSuffix)
	case strings.EqualFold(address, Embedded):
		l.report.Errorf(l.at(path), strict.Suggest(address, []string{Embedded}), "%s wants %s", path, want)
	default:
		if err := check(address); err != nil {
			l.report.Errorf(l.at(path), "", "%s wants %s: %v", path, want, err)
		}
	}
}

// checkDSN repeats of the driver's errors only those that are fixed texts.
func checkDSN(dsn string) error {
	c, err := mysql.ParseDSN(dsn)
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "invalid DSN: "):
		return errors.New(strings.TrimPrefix(err.Error(), "invalid DSN: "))
	case err != nil:
		return errors.New("it is not of the form user:password@tcp(host:port)/database?parameter=value")
	case c.DBName == "":
		return errors.New("it names no database after the slash")
	}
	return nil
}

func checkAddresses(text string) error {
	for _, address := range list(text) {
		if err := checkAddress(address); err != nil {
			return err
		}
	}
	return nil
}

func checkAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return errors.New("a host, a colon and a port")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return errors.New("a port is a number from 1 to 65535")
	}
	return nil
}

// chooseOwn finds the connection with the daemon's own tables: the one that is
// named in OwnMysql, the one that the original calls its console, or the only one.
func (l *loader) chooseOwn() {
	names := slices.Sorted(maps.Keys(l.Mysql))
	if l.OwnMysql != "" {
		if !slices.Contains(names, l.OwnMysql) {
			l.report.Errorf(l.at("OwnMysql"), strict.Suggest(l.OwnMysql, names),
				"OwnMysql is %q, which is not among the connections of Mysql: %s", maskText(l.OwnMysql), strings.Join(names, ", "))
		}
		return
	}
	console := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return !strings.EqualFold(name, ConsoleName) && !strings.EqualFold(name, "Console")
	})
	switch {
	case len(console) == 1:
		l.OwnMysql = console[0]
	case len(names) == 1:
		l.OwnMysql = names[0]
	case len(names) > 1:
		l.report.Errorf(l.at("Mysql"), "write OwnMysql: "+append(console, names...)[0],
			"several connections, and none is named as the daemon's own: %s", strings.Join(names, ", "))
	}
}
