-- +goose Up
CREATE UNIQUE INDEX IF NOT EXISTS script_unique ON delay_queue_log (unique_hash);
