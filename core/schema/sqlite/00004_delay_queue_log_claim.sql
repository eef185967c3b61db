-- +goose Up
CREATE INDEX IF NOT EXISTS script_claim ON delay_queue_log (status, exec_cmd, exec_time, exec_ms);
