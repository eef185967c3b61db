-- +goose Up
-- What each means stands in the file of the same name for MySQL.
CREATE TABLE IF NOT EXISTS script_delay_archive (
  id bigint unsigned NOT NULL PRIMARY KEY,
  name varchar(255) NOT NULL DEFAULT '',
  exec_cmd varchar(50) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL DEFAULT '',
  status tinyint unsigned NOT NULL DEFAULT 0,
  result varchar(500) NOT NULL DEFAULT '',
  exec_time int unsigned NOT NULL DEFAULT 0,
  exec_ms smallint unsigned NOT NULL DEFAULT 0,
  owner varchar(32) NOT NULL DEFAULT '',
  attempts smallint unsigned NOT NULL DEFAULT 0,
  max_attempts smallint unsigned NOT NULL DEFAULT 0,
  rescues tinyint unsigned NOT NULL DEFAULT 0,
  deaths tinyint unsigned NOT NULL DEFAULT 0,
  due_at bigint unsigned NOT NULL DEFAULT 0,
  start_time bigint unsigned NOT NULL DEFAULT 0,
  end_time bigint unsigned NOT NULL DEFAULT 0,
  late_ms int unsigned NOT NULL DEFAULT 0,
  timeout_ms int unsigned NOT NULL DEFAULT 0,
  max_late_ms int unsigned NOT NULL DEFAULT 0,
  unique_key varchar(191) NOT NULL DEFAULT '',
  create_time timestamp NULL DEFAULT NULL,
  update_time timestamp NULL DEFAULT NULL,
  whole longtext DEFAULT NULL,
  archived_at bigint unsigned NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS script_delay_archive_archived ON script_delay_archive (archived_at);
