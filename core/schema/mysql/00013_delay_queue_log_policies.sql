-- +goose Up
ALTER TABLE delay_queue_log
  ADD COLUMN timeout_ms int unsigned NOT NULL DEFAULT 0 COMMENT 'of one attempt; 0: as the handler is registered',
  ADD COLUMN max_late_ms int unsigned NOT NULL DEFAULT 0 COMMENT 'skipped when it cannot start within this; 0: as the handler is registered',
  ADD COLUMN unique_key varchar(191) NOT NULL DEFAULT '' COMMENT 'for people; what counts is unique_hash',
  ADD COLUMN unique_for int unsigned NOT NULL DEFAULT 0 COMMENT 's, how long after the end the key stays taken',
  ADD COLUMN unique_hash binary(32) DEFAULT NULL COMMENT 'SHA-256 of exec_cmd, a line feed, and unique_key; NULL: the key is free';
