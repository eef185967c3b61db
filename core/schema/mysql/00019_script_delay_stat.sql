-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_stat (
  exec_cmd varchar(50) NOT NULL,
  minutes smallint unsigned NOT NULL COMMENT '1 or 60: the length of the span',
  at int unsigned NOT NULL COMMENT 's, the beginning of the span',
  owner varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'one run of a daemon: each writes rows of its own, always whole',
  done bigint unsigned NOT NULL DEFAULT 0,
  failed bigint unsigned NOT NULL DEFAULT 0 COMMENT 'for good',
  retried bigint unsigned NOT NULL DEFAULT 0,
  skipped bigint unsigned NOT NULL DEFAULT 0,
  cancelled bigint unsigned NOT NULL DEFAULT 0,
  late_max int unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  late varbinary(2000) NOT NULL COMMENT 'how many starts were how late: pairs of varints, bucket and count',
  PRIMARY KEY (exec_cmd, minutes, at, owner),
  KEY at (minutes, at)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
