// Package cron holds the stories of cron tasks with whole daemons: killed, halted
// and started again while tasks go on.
package cron
