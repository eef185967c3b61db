-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_progress (
  job_id bigint unsigned NOT NULL COMMENT 'delay_queue_log.id',
  percent tinyint unsigned NOT NULL DEFAULT 0,
  text varchar(255) NOT NULL DEFAULT '',
  updated_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
