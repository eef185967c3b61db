-- +goose Up
CREATE TABLE IF NOT EXISTS delay_queue_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name varchar(255) NOT NULL DEFAULT '',
  exec_cmd varchar(50) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL DEFAULT '',
  status tinyint unsigned NOT NULL DEFAULT 1, -- 1 waiting 2 running 3 done 4 failed 5 held 6 cancelled 7 skipped
  result varchar(500) NOT NULL DEFAULT '',
  exec_time int unsigned NOT NULL DEFAULT 0,  -- s
  create_time timestamp NULL DEFAULT NULL,
  update_time timestamp NULL DEFAULT NULL
);
CREATE INDEX IF NOT EXISTS delay_queue_log_status ON delay_queue_log (status, exec_time);
