package conf

import (
	"regexp"

	"simplest_script/core/conf/strict"
)

// topicPattern is what Kafka takes as the name of a topic.
var topicPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,249}$`)

// checkQueue checks one consumer.
func (l *entryLoader) checkQueue(n *strict.Node, e *QueueEntry, known []string) {
	l.checkEntry(n, &e.Entry, known)
	l.checkSource(n, e)
	l.required(n, "progress", "max_progress")
	l.number(n, "progress", e.Progress, 1)
	if n.Pair("max_progress") != nil && e.MaxProgress < e.Progress {
		l.report.Errorf(valueAt(n, "max_progress"), "", "max_progress (%d) is below progress (%d)", e.MaxProgress, e.Progress)
	}
	if e.MaxProgress > e.Progress {
		l.required(n, "progress_lag_limit", "progress_avg_msgcount")
	}
	l.number(n, "progress_lag_limit", e.ProgressLagLimit, 1)
	l.number(n, "progress_avg_msgcount", e.ProgressAvgMsgcount, 1)
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
		if e.Topic != "" && (!topicPattern.MatchString(e.Topic) || e.Topic == "." || e.Topic == "..") {
			l.report.Errorf(topic.Value.Position, "", "a topic has 1 to 249 letters, digits, dots, - or _")
		}
		if _, ok := l.Kafka[DefaultName]; e.Active && !ok {
			l.report.Errorf(topic.Position, "", "the entry is active, and no Kafka cluster %s is configured", DefaultName)
		}
	default:
		l.required(n, "key")
		if group := n.Pair("group_id"); group != nil {
			l.report.Errorf(group.Position, "leave it out", "group_id is for Kafka, key for Redis")
		}
		if _, ok := l.Redis[DefaultName]; e.Active && !ok {
			l.report.Errorf(key.Position, "", "the entry is active, and no Redis connection %s is configured", DefaultName)
		}
	}
}

// checkQueueTwins reports consumers that would take each other's messages. Twins
// that are never active together are none.
func (l *entryLoader) checkQueueTwins(entries []QueueEntry) {
	for i, e := range entries {
		for _, before := range entries[:i] {
			if e.Status&before.Status == 0 {
				continue
			}
			switch {
			case e.Topic != "" && e.Topic == before.Topic && e.GroupID == before.GroupID:
				l.report.Errorf(e.Position, "", "topic %q with group_id %q is consumed by the entry in line %d already", e.Topic, e.GroupID, before.Position.Line)
			case e.Key != "" && e.Key == before.Key:
				l.report.Errorf(e.Position, "", "key %q is consumed by the entry in line %d already", e.Key, before.Position.Line)
			}
		}
	}
}
