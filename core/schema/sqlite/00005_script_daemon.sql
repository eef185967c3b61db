-- +goose Up
CREATE TABLE IF NOT EXISTS script_daemon (
  id varchar(32) NOT NULL PRIMARY KEY,
  seq bigint unsigned NOT NULL DEFAULT 0,
  dead tinyint unsigned NOT NULL DEFAULT 0,
  why varchar(255) NOT NULL DEFAULT '',
  host varchar(255) NOT NULL DEFAULT '',
  pid int unsigned NOT NULL DEFAULT 0,
  `partition` varchar(20) NOT NULL DEFAULT '',
  env varchar(20) NOT NULL DEFAULT '',
  version varchar(100) NOT NULL DEFAULT '',
  kinds mediumtext NOT NULL,
  started_at bigint unsigned NOT NULL DEFAULT 0,
  beat_at bigint unsigned NOT NULL DEFAULT 0,
  ended_at bigint unsigned NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS script_daemon_dead ON script_daemon (dead);
