-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_progress (
  job_id bigint unsigned NOT NULL PRIMARY KEY,
  percent tinyint unsigned NOT NULL DEFAULT 0,
  text varchar(255) NOT NULL DEFAULT '',
  updated_at bigint unsigned NOT NULL DEFAULT 0
);
