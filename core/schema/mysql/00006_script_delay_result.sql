-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_result (
  job_id bigint unsigned NOT NULL COMMENT 'delay_queue_log.id',
  result longtext NOT NULL COMMENT 'whole, where the column of delay_queue_log is too short',
  create_time timestamp NULL DEFAULT NULL,
  PRIMARY KEY (job_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
