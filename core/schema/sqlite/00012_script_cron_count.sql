-- +goose Up
CREATE TABLE IF NOT EXISTS script_cron_count (
  `partition` varchar(20) NOT NULL,
  entry varchar(100) NOT NULL,
  day date NOT NULL,
  state varchar(10) NOT NULL,
  runs bigint unsigned NOT NULL DEFAULT 0,
  cost_ms bigint unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`partition`, entry, day, state)
);
