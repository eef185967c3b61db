package app

import (
	"cmp"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/svc"
)

// filled gives every field below v a value that is not zero and that no other has, and
// returns the values by path.
type filled map[string]any

func (f filled) fill(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	n := len(f) + 2
	switch x := v.Addr().Interface().(type) {
	case *bool:
		*x = true
	case *int:
		*x = n
	case *float64:
		*x = float64(n) / 4
	case *time.Duration:
		*x = time.Duration(n) * time.Hour
	default:
		f.fillAll(t, path, v)
		return
	}
	f[path] = v.Interface()
}

// fillAll fills a group of settings.
func (f filled) fillAll(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f.fill(t, strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Map: // by names
		v.Set(reflect.MakeMap(v.Type()))
		element := reflect.New(v.Type().Elem()).Elem()
		f.fill(t, path+".a name", element)
		v.SetMapIndex(reflect.ValueOf("a name"), element)
	default:
		require.Fail(t, "this test does not know how to set "+path, v.Type())
	}
}

// at returns what lies below v at the path, or nil where nothing does.
func at(v reflect.Value, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		if v.Kind() == reflect.Map {
			v = v.MapIndex(reflect.ValueOf(name))
		} else {
			v = v.FieldByName(name)
		}
		if !v.IsValid() {
			return nil
		}
	}
	return v.Interface()
}

// What the configuration says is what the engines are told, with nothing left out: a
// setting that is read and then dropped is one that nobody misses until it is needed.
func TestEverySettingArrivesAtItsEngine(t *testing.T) {
	const elsewhere = "-"
	m := &Machine{Config: &conf.Config{}}
	for name, c := range map[string]struct {
		settings any
		engine   func() any
		named    map[string]string // where the engine calls it otherwise
	}{
		"DelayQueue": {&m.Config.DelayQueue, func() any { return m.queueConfig() }, map[string]string{
			"Concurrency": "Default.Concurrency", "MaxAttempts": "Default.MaxAttempts", "Timeout": "Default.Timeout",
			"KeepDone": "Keep.Done", "KeepFailed": "Keep.Failed", "Archive": "Keep.Archive", "KeepArchived": "Keep.Archived",
		}},
		"Consumer": {&m.Config.Consumer, func() any { return m.consumerConfig() }, map[string]string{
			"KafkaSession": elsewhere, "RedisLease": elsewhere, // they are told to the sources
		}},
		"Lease": {&m.Config.Lease, func() any { return m.leaseConfig() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			settings := filled{}
			settings.fill(t, "", reflect.ValueOf(c.settings).Elem())
			require.NotEmpty(t, settings)
			engine := reflect.ValueOf(c.engine())
			for path, value := range settings {
				if there := cmp.Or(c.named[path], path); there != elsewhere {
					require.Equal(t, value, at(engine, there), path)
				}
			}
		})
	}
}

// Sources keep what they are told to themselves; it is looked for there.
func TestSettingsOfConsumersArriveAtTheirSources(t *testing.T) {
	c := &conf.Config{Consumer: conf.Consumer{KafkaSession: 17 * time.Second, RedisLease: 19 * time.Second}}
	m := &Machine{Config: c, Services: svc.New(c, zap.NewNop())}
	for field, tt := range map[string]struct {
		entry conf.QueueEntry
		want  time.Duration
	}{
		"Session": {conf.QueueEntry{Topic: "t", GroupID: "g"}, 17 * time.Second},
		"Lease":   {conf.QueueEntry{Key: "k"}, 19 * time.Second},
	} {
		source, err := m.source(tt.entry)
		require.NoError(t, err)
		options := reflect.ValueOf(source).Elem().FieldByName("options")
		require.Equal(t, tt.want, time.Duration(options.FieldByName(field).Int()), field)
	}
}
