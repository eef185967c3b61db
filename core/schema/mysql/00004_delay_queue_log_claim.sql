-- +goose Up
ALTER TABLE delay_queue_log ADD INDEX script_claim (status, exec_cmd, exec_time, exec_ms);
