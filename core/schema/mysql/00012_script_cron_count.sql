-- +goose Up
CREATE TABLE IF NOT EXISTS script_cron_count (
  `partition` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  entry varchar(100) COLLATE utf8mb4_bin NOT NULL,
  day date NOT NULL COMMENT 'UTC, of the tick',
  state varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  runs bigint unsigned NOT NULL DEFAULT 0 COMMENT 'rows of script_cron_run that are no longer there',
  cost_ms bigint unsigned NOT NULL DEFAULT 0 COMMENT 'of all of them',
  PRIMARY KEY (`partition`, entry, day, state)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
