-- +goose Up
ALTER TABLE delay_queue_log ADD UNIQUE INDEX script_unique (unique_hash);
