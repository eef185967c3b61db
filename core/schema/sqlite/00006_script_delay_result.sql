-- +goose Up
CREATE TABLE IF NOT EXISTS script_delay_result (
  job_id INTEGER PRIMARY KEY,
  result longtext NOT NULL,
  create_time timestamp NULL DEFAULT NULL
);
