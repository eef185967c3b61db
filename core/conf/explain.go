package conf

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"simplest_script/core/conf/strict"
)

// Value is one effective value of the configuration, as it may be shown to anybody.
type Value struct {
	Path   string `json:"path"`  // such as Redis.Default.Addr
	Value  string `json:"value"` // secrets masked
	Origin string `json:"origin"`
}

// Explain returns every value with the place that it comes from: "default", a
// place in a file, or the name of an environment variable. The order is that of
// Config, then the sections of the modules, then the names of the sections that
// nobody reads. No secret is among the values.
func (c *Config) Explain() []Value { return slices.Clone(c.values) }

func (l *loader) explain() []Value {
	var all []Value
	for s := range l.decoder.Scalars("", l.Config) {
		all = append(all, Value{s.Path, mask(s), l.origin(s.Path)})
	}
	for _, section := range l.sections {
		for s := range l.decoder.Scalars(section.Name, section.Into) {
			all = append(all, Value{s.Path, maskModule(s), l.origin(s.Path)})
		}
	}
	for _, name := range l.unread {
		all = append(all, Value{name, "read by no module", l.origin(name)})
	}
	return all
}

func (l *loader) origin(path string) string {
	if at, ok := l.origins[path]; ok {
		return at.String()
	}
	return "default"
}

// mask formats one of our own values.
func mask(s strict.Scalar) string {
	switch v := s.Value().(type) {
	case Secret:
		if strings.HasPrefix(s.Path, "Mysql.") {
			return maskDSN(v)
		}
		return v.String()
	case string:
		return maskText(v)
	case time.Duration:
		return v.String()
	default:
		return fmt.Sprint(v)
	}
}

// maskText hides what may be a URL with a password in the place of an address.
func maskText(text string) string {
	if strings.Contains(text, "@") {
		return masked
	}
	return text
}

// maskDSN hides the password, or all of a DSN that the driver does not understand:
// then nobody can tell where in it the password is.
func maskDSN(dsn Secret) string {
	if dsn == "" || dsn == Embedded {
		return string(dsn)
	}
	c, err := mysql.ParseDSN(dsn.Reveal())
	if err != nil || strings.ContainsAny(c.Addr+c.DBName+c.Net, "@ ") {
		return masked
	}
	c.Passwd = masked
	return c.FormatDSN()
}

// sensitive finds names by which a module's values are taken for secrets
// even where their type is not Secret; a webhook has its token in its URL.
var sensitive = lazily(`(?i)pass|pwd|secret|token|key|url|hook|dsn|auth|credential|cookie|sign`)

// maskModule formats a value of a module's section. Text of a name that sounds
// like a secret is hidden; so is whatever formats itself, except Secret, which is
// known to hide.
func maskModule(s strict.Scalar) string {
	if sensitive().MatchString(s.Path) {
		return masked
	}
	switch s.Value().(type) {
	case Secret, string, bool, int, int64, uint, uint64, float64, time.Duration:
		return mask(s)
	}
	return masked
}
