package conf

import (
	"slices"
	"time"

	"simplest_script/core/conf/strict"
)

// check looks at single values and at what they mean together.
func (l *loader) check() {
	if l.Port < -1 || l.Port > 65535 {
		l.report.Errorf(l.at("Port"), "0 is any free port, -1 no HTTP server", "Port wants a number from -1 to 65535, got %d", l.Port)
	}
	location, err := time.LoadLocation(l.TimeZone)
	if err != nil || l.TimeZone == "" {
		l.report.Errorf(l.at("TimeZone"), "such as Asia/Shanghai, UTC or Local", "TimeZone %q is not known", l.TimeZone)
	} else {
		l.Location = location
	}
	l.checkLogger()
	l.checkLease()
	l.checkDelayQueue()
	atLeast(l, "Drain", l.Drain, 0)
	l.checkConsumer()
}

// checkConsumer refuses a lease and a session so short that a daemon in good health
// could not keep them.
func (l *loader) checkConsumer() {
	c := l.Consumer
	atLeast(l, "Consumer.CheckEvery", c.CheckEvery, time.Millisecond)
	atLeast(l, "Consumer.KeepHigh", c.KeepHigh, time.Millisecond)
	atLeast(l, "Consumer.KafkaSession", c.KafkaSession, time.Second)
	atLeast(l, "Consumer.RedisLease", c.RedisLease, time.Second)
}

func (l *loader) checkLogger() {
	levels := []string{"debug", "info", "warn", "error"}
	if !slices.Contains(levels, l.Logger.Level) {
		l.report.Errorf(l.at("Logger.Level"), strict.Suggest(l.Logger.Level, levels),
			"Logger.Level wants debug, info, warn or error, got %q", l.Logger.Level)
	}
	if l.Logger.Path == "" {
		l.report.Errorf(l.at("Logger.Path"), "", "Logger.Path is empty")
	}
	atLeast(l, "Logger.MaxSize", l.Logger.MaxSize, 1)
	atLeast(l, "Logger.MaxBackups", l.Logger.MaxBackups, 0)
	atLeast(l, "Logger.MaxAge", l.Logger.MaxAge, 0)
}

// checkLease keeps the order that makes a verdict true: a daemon stops itself
// before the others declare it dead, and they look often enough to see it beat.
func (l *loader) checkLease() {
	t := l.Lease
	if !atLeast(l, "Lease.Beat", t.Beat, time.Millisecond) || !atLeast(l, "Lease.Scan", t.Scan, time.Millisecond) {
		return
	}
	if t.Beat >= t.Stop {
		l.report.Errorf(l.at("Lease.Stop"), "", "Lease.Stop (%s) must be longer than Lease.Beat (%s)", t.Stop, t.Beat)
	}
	if t.Stop >= t.Verdict {
		l.report.Errorf(l.at("Lease.Verdict"), "", "Lease.Verdict (%s) must be longer than Lease.Stop (%s)", t.Verdict, t.Stop)
	}
	if t.Scan > t.Verdict/3 {
		l.report.Errorf(l.at("Lease.Scan"), "", "Lease.Scan (%s) must be at most a third of Lease.Verdict (%s)", t.Scan, t.Verdict)
	}
}

func (l *loader) checkDelayQueue() {
	q := l.DelayQueue
	atLeast(l, "DelayQueue.LookAhead", q.LookAhead, 0)
	atLeast(l, "DelayQueue.Scan", q.Scan, time.Millisecond)
	atLeast(l, "DelayQueue.Concurrency", q.Concurrency, 1)
	atLeast(l, "DelayQueue.MaxAttempts", q.MaxAttempts, 1)
	atLeast(l, "DelayQueue.Timeout", q.Timeout, 0)
	atLeast(l, "DelayQueue.Slots", q.Slots, 0)
	for path, keep := range map[string]time.Duration{"KeepDone": q.KeepDone, "KeepFailed": q.KeepFailed, "KeepArchived": q.KeepArchived} {
		atLeast(l, "DelayQueue."+path, keep, 0)
	}
	atLeast(l, "DelayQueue.UnknownAfter", q.UnknownAfter, time.Millisecond)
	for name, kind := range q.Kinds {
		path := "DelayQueue.Kinds." + name
		atLeast(l, path+".Concurrency", kind.Concurrency, 0)
		atLeast(l, path+".MaxAttempts", kind.MaxAttempts, 0)
		atLeast(l, path+".Timeout", kind.Timeout, 0)
		atLeast(l, path+".MaxLate", kind.MaxLate, 0)
		atLeast(l, path+".Rate", kind.Rate, 0)
	}
}

// checkKinds reports settings for kinds of delay jobs that have no handler.
func (l *loader) checkKinds(known []string) {
	for name := range l.DelayQueue.Kinds {
		if !slices.Contains(known, name) {
			path := "DelayQueue.Kinds." + name
			l.report.Errorf(l.at(path), strict.Suggest(name, known), "DelayQueue.Kinds: no delay job %q is registered", name)
		}
	}
}

// atLeast reports a value below its lowest, and tells whether it is not.
func atLeast[T int | float64 | time.Duration](l *loader, path string, value, low T) bool {
	if value < low {
		l.report.Errorf(l.at(path), "", "%s wants at least %v, got %v", path, low, value)
	}
	return value >= low
}
