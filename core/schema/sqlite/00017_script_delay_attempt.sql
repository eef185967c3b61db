-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_attempt (
  job_id bigint unsigned NOT NULL,
  token bigint unsigned NOT NULL,
  attempt smallint unsigned NOT NULL DEFAULT 0,
  outcome varchar(10) NOT NULL,
  owner varchar(32) NOT NULL DEFAULT '',
  due bigint unsigned NOT NULL DEFAULT 0,
  started_at bigint unsigned NOT NULL DEFAULT 0,
  ended_at bigint unsigned NOT NULL DEFAULT 0,
  error varchar(500) NOT NULL DEFAULT '',
  log text DEFAULT NULL,
  PRIMARY KEY (job_id, token)
);
CREATE INDEX IF NOT EXISTS script_delay_attempt_owner ON script_delay_attempt (owner);
