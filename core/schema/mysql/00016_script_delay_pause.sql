-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_pause (
  exec_cmd varchar(50) NOT NULL COMMENT 'jobs of this kind are not started',
  reason varchar(255) NOT NULL DEFAULT '',
  created_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  PRIMARY KEY (exec_cmd)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
