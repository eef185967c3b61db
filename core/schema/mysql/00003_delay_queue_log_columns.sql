-- +goose Up
-- The owner is no varchar: a row that grows when it is claimed does not fit where it
-- lies, and the server moves the rows of its page about, which writes far more redo log.
ALTER TABLE delay_queue_log
  ADD COLUMN exec_ms smallint unsigned NOT NULL DEFAULT 0 COMMENT '0-999, added to exec_time',
  ADD COLUMN owner char(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'script_daemon.id while running',
  ADD COLUMN token bigint unsigned NOT NULL DEFAULT 0 COMMENT 'of the newest claim',
  ADD COLUMN attempts smallint unsigned NOT NULL DEFAULT 0 COMMENT 'finished ones',
  ADD COLUMN max_attempts smallint unsigned NOT NULL DEFAULT 0 COMMENT '0: as the handler is registered',
  ADD COLUMN rescues tinyint unsigned NOT NULL DEFAULT 0 COMMENT 'taken over from dead daemons',
  ADD COLUMN deaths tinyint unsigned NOT NULL DEFAULT 0 COMMENT 'daemons that died while it ran',
  ADD COLUMN due_at bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms, of the first attempt, once a retry moved exec_time',
  ADD COLUMN start_time bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  ADD COLUMN end_time bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  ADD COLUMN late_ms int unsigned NOT NULL DEFAULT 0 COMMENT 'start against the due time of the attempt';
