-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_cron_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  `partition` varchar(20) NOT NULL,
  entry varchar(100) NOT NULL,
  tick bigint NOT NULL,
  hand bigint unsigned NOT NULL DEFAULT 0,
  tick_end bigint NOT NULL DEFAULT 0,
  state varchar(10) NOT NULL,
  token bigint unsigned NOT NULL,
  reason varchar(500) NOT NULL DEFAULT '',
  exec_cmd varchar(500) NOT NULL DEFAULT '',
  name varchar(255) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL DEFAULT '',
  is_log tinyint unsigned NOT NULL DEFAULT 0,
  timeout_ms bigint unsigned NOT NULL DEFAULT 0,
  host varchar(255) NOT NULL DEFAULT '',
  boot varchar(64) NOT NULL DEFAULT '',
  pid_ns varchar(32) NOT NULL DEFAULT '',
  owner_pid int unsigned NOT NULL DEFAULT 0,
  owner_start bigint unsigned NOT NULL DEFAULT 0,
  pid int unsigned NOT NULL DEFAULT 0,
  pid_start bigint unsigned NOT NULL DEFAULT 0,
  seq bigint unsigned NOT NULL DEFAULT 0,
  stop tinyint unsigned NOT NULL DEFAULT 0,
  percent tinyint unsigned NOT NULL DEFAULT 0,
  progress varchar(255) NOT NULL DEFAULT '',
  claimed_at bigint unsigned NOT NULL DEFAULT 0,
  beat_at bigint unsigned NOT NULL DEFAULT 0,
  started_at bigint unsigned NOT NULL DEFAULT 0,
  ended_at bigint unsigned NOT NULL DEFAULT 0,
  cost_ms bigint unsigned NOT NULL DEFAULT 0,
  peak_kb bigint unsigned NOT NULL DEFAULT 0,
  result varchar(500) NOT NULL DEFAULT '',
  log_id bigint unsigned NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX IF NOT EXISTS script_cron_run_tick ON script_cron_run (`partition`, entry, tick, hand);
CREATE INDEX IF NOT EXISTS script_cron_run_state ON script_cron_run (`partition`, state);
CREATE INDEX IF NOT EXISTS script_cron_run_ended ON script_cron_run (ended_at);
