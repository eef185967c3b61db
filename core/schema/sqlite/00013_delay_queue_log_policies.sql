-- +goose Up
-- What each means stands in the file of the same name for MySQL.
ALTER TABLE delay_queue_log ADD COLUMN timeout_ms int unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN max_late_ms int unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN unique_key varchar(191) NOT NULL DEFAULT '';
ALTER TABLE delay_queue_log ADD COLUMN unique_for int unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN unique_hash blob DEFAULT NULL;
