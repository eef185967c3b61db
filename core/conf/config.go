package conf

import (
	"strings"
	"time"

	"simplest_script/core/conf/strict"
)

// Config is everything that the daemon is told from outside: the environment,
// etc/<env>.yaml, and the two entry files of the partition. The keys of the YAML
// file are the names of the fields.
type Config struct {
	Env       Environment `conf:"-"`
	Partition string      `conf:"-"`
	Home      string      `conf:"-"` // absolute
	Files     []string    `conf:"-"` // what was read, absolute

	Name    string // of this installation, in logs and alerts
	Mode    string // kept for files of the original; not used
	ExecCmd string // kept for files of the original; cron tasks run this same program
	Host    string // where the HTTP server listens
	Port    int    // 0: any free port; -1: no HTTP server

	OwnMysql string            // the connection with the daemon's own tables
	Mysql    map[string]Secret // name → DSN of go-sql-driver, or "embedded"
	Redis    map[string]Redis
	Kafka    map[string]Kafka
	Logger   Logger
	TimeZone string         // IANA name; of log lines and cron entries
	Location *time.Location `conf:"-"` // TimeZone, loaded

	Drain      time.Duration // how long running work may go on after SIGTERM
	Lease      Lease
	DelayQueue DelayQueue
	Consumer   Consumer

	Queue   []QueueEntry `conf:"-"`
	Crontab []CronEntry  `conf:"-"`

	values []Value // what Explain returns: secrets are masked already
}

// Embedded, in the place of a DSN or an address, asks for the service that runs
// inside the daemon's own process. It is refused in release.
const Embedded = "embedded"

// Redis is a named connection.
type Redis struct {
	Addr string // host:port[,host:port], several of one Redis Cluster; or "embedded"
	Pass Secret
	Db   int
}

// AddrList returns the addresses of Addr one by one.
func (r Redis) AddrList() []string { return list(r.Addr) }

// Kafka is a named cluster.
type Kafka struct {
	Brokers string // host:port[,host:port], or "embedded"
	MaxIdle int    // kept for files of the original; not used

	TLS         KafkaTLS `conf:"Tls"`
	Sasl        KafkaSASL
	Compression string // of what is sent: none (the default), gzip, snappy, lz4 or zstd
	Idempotent  bool   // brokers drop what a repeated request sends twice
}

// KafkaTLS is how connections to a cluster are encrypted. Files are PEM; a relative
// path is below Home.
type KafkaTLS struct {
	Enable     bool
	Ca         string // file with the authorities that sign for the brokers; empty: those of the system
	Cert, Key  string // files with the certificate by which brokers know us, and its key; empty: none
	SkipVerify bool   // talk to whoever answers; refused in release
}

// KafkaSASL is the login to a cluster; empty: none.
type KafkaSASL struct {
	Mechanism string // PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512
	User      string
	Pass      Secret
}

// BrokerList returns the addresses of Brokers one by one.
func (k Kafka) BrokerList() []string { return list(k.Brokers) }

// list divides what is separated by commas.
func list(text string) []string {
	parts := strings.Split(text, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

// Logger says where log lines go.
type Logger struct {
	Path       string // folder; a relative one is below Home
	Level      string // debug, info, warn, error
	MaxSize    int    // megabytes after which a file of the day is continued in a new one
	MaxBackups int    // finished files kept per folder; 0: all
	MaxAge     int    // days that finished files are kept; 0: for ever
	Compress   bool   // gzip finished files
	Stdout     bool   // write to standard output as well, for containers
}

// Lease is the time budget within which the death of a daemon is noticed.
type Lease struct {
	Beat    time.Duration // between two signs of life
	Stop    time.Duration // without a good beat a daemon stops itself after this
	Verdict time.Duration // without a beat the others declare it dead after this
	Scan    time.Duration // between two looks at the others
}

// DelayQueue tunes the delay queue.
type DelayQueue struct {
	LookAhead   time.Duration // how far ahead of its due time a job is claimed
	Scan        time.Duration // between two looks for due jobs
	Concurrency int           // handlers of one kind at once, where nothing else is said
	MaxAttempts int           // tries of one job, where nothing else is said
	Timeout     time.Duration // of one attempt, where nothing else is said; 0: none
	// UnknownAfter is how long no running daemon may know a kind before its due jobs fail.
	UnknownAfter time.Duration
	Slots        int           // handlers of all kinds at once; 0: as many as the kinds allow
	KeepDone     time.Duration // how long jobs are kept that are done, cancelled or skipped; 0: for ever
	KeepFailed   time.Duration // how long failed jobs are kept; 0: for ever
	Archive      bool          // jobs that are kept no longer are moved to script_delay_archive
	KeepArchived time.Duration // how long they are kept there; 0: for ever
	Kinds        map[string]Kind
}

// Consumer tunes the consumers of Kafka topics and Redis lists.
type Consumer struct {
	CheckEvery   time.Duration // between two looks at how many messages wait
	KeepHigh     time.Duration // how long no look may have wanted a worker before it is retired
	KafkaSession time.Duration // without a sign of life for so long, a daemon's partitions go to others
	RedisLease   time.Duration // without a renewal for so long, a daemon's messages of a list come again
}

// Kind tunes one kind of delay job; a zero field means what the handler is
// registered with, or else the default of DelayQueue.
type Kind struct {
	Concurrency int
	MaxAttempts int
	Timeout     time.Duration
	MaxLate     time.Duration // a job that cannot start within this of its due time is skipped
	Rate        float64       // starts per second of all daemons together
	Priority    int           // of the kinds that wait for a slot, the highest goes first
}

// Position is a place in a file, counted from 1, or the name of an environment
// variable.
type Position = strict.Position

// Report holds everything that Load found wrong or worth knowing.
type Report = strict.Report

// Problem is one line of a Report.
type Problem = strict.Problem

// Section is a part of the YAML file that belongs to a module.
type Section struct {
	Name string // the key at the top level of the file; empty: none
	Into any    // pointer to a struct; filled strictly before any handler runs
}

// Known are the exec_cmds that handlers are registered for, for each kind of work.
type Known struct {
	Cron, Consumer, Delay []string
}

// Entry is what entries of both files have in common.
type Entry struct {
	Name     string   `json:"name"`
	ExecCmd  string   `json:"exec_cmd"`
	Status   int      `json:"status"` // bits of the environments in which it is active
	Active   bool     `json:"-"`
	Reason   string   `json:"-"` // why it is inactive
	Position Position `json:"-"`
}

// base lets code that is the same for both kinds of entries get at this part.
func (e Entry) base() Entry { return e }

// QueueEntry is one consumer of queue_<partition>.json: of a Kafka topic where
// Topic is set, of a Redis list where Key is.
type QueueEntry struct {
	Entry
	Topic               string `json:"topic"`
	GroupID             string `json:"group_id"`
	Key                 string `json:"key"`
	Progress            int    `json:"progress"`
	MaxProgress         int    `json:"max_progress"`
	ProgressLagLimit    int    `json:"progress_lag_limit"`
	ProgressAvgMsgcount int    `json:"progress_avg_msgcount"`

	// Beyond the keys of the original, all optional.
	Order         string `json:"order"`          // partition (the default for topics), key or none (for lists): what is done one after another
	InitialOffset string `json:"initial_offset"` // oldest (the default) or newest: where a new group begins
}

// CronEntry is one task of crontab_<partition>.json.
type CronEntry struct {
	Entry
	Cron   string `json:"cron"` // second minute hour day month weekday
	Params string `json:"params"`
	IsLog  int    `json:"is_log"` // 1: every run is a row of crontab_log with its result

	// Beyond the keys of the original, all optional.
	TimeZone string        `json:"time_zone"` // IANA name; without it that of the daemon
	Overlap  string        `json:"overlap"`   // allow (the default) or skip: a tick that is due while an earlier run goes on
	Timeout  time.Duration `json:"timeout"`   // of one run, such as "30m"; without it as the handler is registered
}

// Spec is Cron with TimeZone before it, as ParseCron takes it.
func (e CronEntry) Spec() string {
	if e.TimeZone == "" {
		return e.Cron
	}
	return "CRON_TZ=" + e.TimeZone + " " + e.Cron
}
