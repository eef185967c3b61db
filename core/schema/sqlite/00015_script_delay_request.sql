-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_request (
  job_id bigint unsigned NOT NULL PRIMARY KEY,
  action tinyint unsigned NOT NULL,
  due bigint unsigned NOT NULL DEFAULT 0,
  created_at bigint unsigned NOT NULL DEFAULT 0
);
