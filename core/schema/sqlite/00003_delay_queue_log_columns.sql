-- +goose Up
-- What each means stands in the file of the same name for MySQL.
ALTER TABLE delay_queue_log ADD COLUMN exec_ms smallint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN owner varchar(32) NOT NULL DEFAULT '';
ALTER TABLE delay_queue_log ADD COLUMN token bigint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN attempts smallint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN max_attempts smallint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN rescues tinyint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN deaths tinyint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN due_at bigint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN start_time bigint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN end_time bigint unsigned NOT NULL DEFAULT 0;
ALTER TABLE delay_queue_log ADD COLUMN late_ms int unsigned NOT NULL DEFAULT 0;
