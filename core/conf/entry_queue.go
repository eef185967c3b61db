package conf

import (
	"slices"
	"strings"

	"simplest_script/core/conf/strict"
)

// topicPattern is what Kafka takes as the name of a topic.
var topicPattern = lazily(`^[A-Za-z0-9._-]{1,249}$`)

// checkQueue checks one consumer.
func (l *entryLoader) checkQueue(n *strict.Node, e *QueueEntry, known []string) {
	l.checkEntry(n, &e.Entry, known)
	l.checkSource(n, e)
	l.required(n, "progress", "max_progress")
	l.number(n, "progress", e.Progress, 1)
	switch {
	case !l.read(n, "progress") || !l.read(n, "max_progress"):
	case e.MaxProgress < e.Progress:
		l.report.Errorf(valueAt(n, "max_progress"), "", "max_progress (%d) is below progress (%d)", e.MaxProgress, e.Progress)
	case e.MaxProgress > max(e.Progress, 1):
		l.required(n, "progress_lag_limit", "progress_avg_msgcount")
	}
	l.word(n, "order", e.Order, "partition", "key", "none")
	l.word(n, "initial_offset", e.InitialOffset, "oldest", "newest")
	l.number(n, "progress_lag_limit", e.ProgressLagLimit, 1)
	l.number(n, "progress_avg_msgcount", e.ProgressAvgMsgcount, 1)
}

// word checks that a key that is there has one of the words.
func (l *entryLoader) word(n *strict.Node, key, value string, words ...string) {
	if n.Pair(key) != nil && !slices.Contains(words, value) {
		l.report.Errorf(valueAt(n, key), strict.Suggest(value, words), "%s wants %s, got %s", key, strings.Join(words, ", "), strict.Quote(value))
	}
}

// checkSource wants either a Kafka topic with its group, or a Redis list.
func (l *entryLoader) checkSource(n *strict.Node, e *QueueEntry) {
	topic, key := n.Pair("topic"), n.Pair("key")
	switch {
	case topic == nil && key == nil:
		l.report.Errorf(n.Position, "", "topic and group_id (for Kafka) or key (for Redis) is missing")
	case topic != nil && key != nil:
		l.report.Errorf(key.Position, "make two entries of it", "key is for Redis and topic for Kafka: an entry has one of them")
	case topic != nil:
		l.required(n, "topic", "group_id")
		if e.Topic != "" && (!topicPattern().MatchString(e.Topic) || e.Topic == "." || e.Topic == "..") {
			l.report.Errorf(topic.Value.Position, "", "a topic has 1 to 249 letters, digits, dots, - or _")
		}
		if _, ok := l.conf.Kafka[DefaultName]; e.Active && !ok {
			l.report.Errorf(topic.Position, "", "the entry is active, and no Kafka cluster %s is configured", DefaultName)
		}
	default:
		l.required(n, "key")
		for _, kafka := range []string{"group_id", "initial_offset"} {
			if pair := n.Pair(kafka); pair != nil {
				l.report.Errorf(pair.Position, "leave it out", "%s is for Kafka, key for Redis", kafka)
			}
		}
		if _, ok := l.conf.Redis[DefaultName]; e.Active && !ok {
			l.report.Errorf(key.Position, "", "the entry is active, and no Redis connection %s is configured", DefaultName)
		}
	}
}

// checkQueueTwins reports consumers that would take each other's messages.
func (l *entryLoader) checkQueueTwins() {
	twins(l.queue, func(e QueueEntry) string { return pairOf(e.Topic, e.GroupID) }, func(e QueueEntry, line int) {
		l.report.Errorf(e.Position, "", "the entry in line %d consumes topic %q with group_id %q already", line, e.Topic, e.GroupID)
	})
	twins(l.queue, func(e QueueEntry) string { return e.Key }, func(e QueueEntry, line int) {
		l.report.Errorf(e.Position, "", "the entry in line %d consumes key %q already", line, e.Key)
	})
}
