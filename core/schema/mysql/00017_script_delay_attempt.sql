-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_attempt (
  job_id bigint unsigned NOT NULL COMMENT 'delay_queue_log.id',
  token bigint unsigned NOT NULL COMMENT 'of the claim',
  attempt smallint unsigned NOT NULL DEFAULT 0,
  outcome varchar(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'error or died; of an attempt that succeeded the job itself tells',
  owner varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'script_daemon.id',
  due bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  started_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  ended_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  error varchar(500) NOT NULL DEFAULT '',
  log text DEFAULT NULL COMMENT 'the last lines that its handler logged, where the daemon died',
  PRIMARY KEY (job_id, token),
  KEY owner (owner)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
