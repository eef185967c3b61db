-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_request (
  job_id bigint unsigned NOT NULL COMMENT 'delay_queue_log.id, running when it was asked for',
  action tinyint unsigned NOT NULL COMMENT '1 cancel 2 move to due',
  due bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  created_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
