package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"simplest_script/core/conf/strict"
)

// Path returns a path as it is meant in the configuration: a relative one is below
// Home.
func (c *Config) Path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.Home, path)
}

// checkKafka checks how a cluster is reached and sent to.
func (l *loader) checkKafka(path string, k Kafka) {
	if k.Brokers == Embedded && (k.TLS != KafkaTLS{} || k.Sasl != KafkaSASL{}) {
		l.report.Errorf(l.at(path), "leave out Tls and Sasl", "%s is embedded, which has no TLS and no login", path)
		return
	}
	l.oneOf(path+".Compression", k.Compression, "none", "gzip", "snappy", "lz4", "zstd")
	l.checkKafkaTLS(path+".Tls", k.TLS)
	l.checkKafkaSASL(path+".Sasl", k.Sasl)
	if k.Sasl.Mechanism == "PLAIN" && !k.TLS.Enable {
		l.report.Warnf(l.at(path+".Sasl.Mechanism"), "enable Tls, or use SCRAM-SHA-256", "%s sends its password in the clear", path)
	}
}

func (l *loader) checkKafkaTLS(path string, t KafkaTLS) {
	if !t.Enable && t != (KafkaTLS{}) {
		l.report.Errorf(l.at(path), "write Enable: true", "%s has settings, but is not enabled", path)
		return
	}
	if (t.Cert == "") != (t.Key == "") {
		l.report.Errorf(l.at(path), "", "%s wants Cert and Key together", path)
	}
	for _, file := range []struct{ key, path string }{{"Ca", t.Ca}, {"Cert", t.Cert}, {"Key", t.Key}} {
		if file.path == "" {
			continue
		}
		f, err := os.Open(l.Path(file.path))
		if wrong := (*fs.PathError)(nil); errors.As(err, &wrong) {
			l.report.Errorf(l.at(path+"."+file.key), "", "%s.%s: the file %s cannot be read: %v", path, file.key, file.path, wrong.Err)
			continue
		}
		_ = f.Close() // it was only looked for
	}
	const hint = "name the authority of the brokers in Ca"
	switch {
	case t.SkipVerify && l.Env == Release:
		l.report.Errorf(l.at(path+".SkipVerify"), hint, "%s.SkipVerify is not allowed in release: anybody could pass for the brokers", path)
	case t.SkipVerify:
		l.report.Warnf(l.at(path+".SkipVerify"), hint, "%s.SkipVerify: anybody can pass for the brokers", path)
	}
}

func (l *loader) checkKafkaSASL(path string, s KafkaSASL) {
	if s == (KafkaSASL{}) {
		return
	}
	if s.Mechanism == "" {
		l.report.Errorf(l.at(path), "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", "%s.Mechanism is empty", path)
	}
	l.oneOf(path+".Mechanism", s.Mechanism, "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
	if s.User == "" {
		l.report.Errorf(l.at(path), "", "%s.User is empty", path)
	}
	if s.Pass == "" && !l.decoder.Failed(path+".Pass") {
		name := variableName(path + ".Pass")
		l.report.Errorf(l.at(path), "", "%s.Pass is empty: write it, or set %s or %s", path, name, name+fileSuffix)
	}
}

// oneOf reports a value that is neither empty nor among the words.
func (l *loader) oneOf(path, value string, words ...string) {
	if value != "" && !slices.Contains(words, value) {
		l.report.Errorf(l.at(path), strict.Suggest(value, words), "%s wants %s, got %q", path, strings.Join(words, ", "), value)
	}
}
