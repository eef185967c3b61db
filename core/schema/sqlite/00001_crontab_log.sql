-- +goose Up
CREATE TABLE IF NOT EXISTS crontab_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pid int unsigned NOT NULL DEFAULT 0,
  name varchar(255) NOT NULL DEFAULT '',
  exec_cmd varchar(500) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL,
  result varchar(500) NOT NULL DEFAULT '',
  status varchar(20) NOT NULL DEFAULT '',
  start_time bigint unsigned NOT NULL DEFAULT 0, -- ms
  end_time bigint unsigned NOT NULL DEFAULT 0,   -- ms
  cost_time int unsigned NOT NULL DEFAULT 0,     -- ms
  `partition` varchar(20) NOT NULL,
  uk varchar(100) NOT NULL DEFAULT '',
  create_time timestamp NULL DEFAULT NULL,
  update_time timestamp NULL DEFAULT NULL
);
CREATE INDEX IF NOT EXISTS crontab_log_uk ON crontab_log (uk, create_time);
