// Package demo is a module and a component that show on a terminal what the
// daemon does: it pushes delay jobs, sends messages to a Kafka topic and a Redis
// list, has a cron entry, and tells what becomes of each, a retry and a failure
// among them.
package demo
