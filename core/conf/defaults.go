package conf

import "time"

// The names of connections where a file has none, and the name by which the
// original calls the database with the daemon's own tables.
const (
	DefaultName = "Default"
	ConsoleName = "DBConsole"
)

// Default returns the configuration before anything is read.
func Default() *Config {
	return &Config{
		Env:       Dev,
		Partition: "script1",
		Name:      "simplest_script",
		Host:      "127.0.0.1",
		Port:      -1,
		Logger:    Logger{Path: "logs", Level: "info", MaxSize: 100, MaxAge: 30, Compress: true},
		TimeZone:  "Local",
		Location:  time.Local,
		Drain:     30 * time.Second,
		Lease: Lease{
			Beat:    2 * time.Second,
			Stop:    7 * time.Second,
			Verdict: 9 * time.Second,
			Scan:    time.Second,
		},
		DelayQueue: DelayQueue{
			LookAhead:   2 * time.Second,
			Scan:        time.Second,
			Concurrency: 10,
			MaxAttempts: 5,

			UnknownAfter: time.Minute,
		},
		Consumer: Consumer{
			CheckEvery:   15 * time.Second,
			KeepHigh:     5 * time.Minute,
			KafkaSession: 30 * time.Second,
			RedisLease:   time.Minute,
		},
	}
}
