-- +goose Up
CREATE TABLE IF NOT EXISTS script_daemon (
  id varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'one life of a daemon, never used again',
  seq bigint unsigned NOT NULL DEFAULT 0 COMMENT 'counts its beats',
  dead tinyint unsigned NOT NULL DEFAULT 0,
  why varchar(255) NOT NULL DEFAULT '' COMMENT 'it is dead',
  host varchar(255) NOT NULL DEFAULT '',
  pid int unsigned NOT NULL DEFAULT 0,
  `partition` varchar(20) NOT NULL DEFAULT '',
  env varchar(20) NOT NULL DEFAULT '',
  version varchar(100) NOT NULL DEFAULT '',
  kinds mediumtext NOT NULL COMMENT 'JSON array: the delay jobs that it can run',
  started_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  beat_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms, for people only',
  ended_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  PRIMARY KEY (id),
  KEY dead (dead)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
