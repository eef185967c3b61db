-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_pause (
  exec_cmd varchar(50) NOT NULL PRIMARY KEY,
  reason varchar(255) NOT NULL DEFAULT '',
  created_at bigint unsigned NOT NULL DEFAULT 0
);
