-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_stat (
  exec_cmd varchar(50) NOT NULL,
  minutes smallint unsigned NOT NULL,
  at int unsigned NOT NULL,
  owner varchar(32) NOT NULL,
  done bigint unsigned NOT NULL DEFAULT 0,
  failed bigint unsigned NOT NULL DEFAULT 0,
  retried bigint unsigned NOT NULL DEFAULT 0,
  skipped bigint unsigned NOT NULL DEFAULT 0,
  cancelled bigint unsigned NOT NULL DEFAULT 0,
  late_max int unsigned NOT NULL DEFAULT 0,
  late blob NOT NULL,
  PRIMARY KEY (exec_cmd, minutes, at, owner)
);
CREATE INDEX IF NOT EXISTS script_delay_stat_at ON script_delay_stat (minutes, at);
