-- +goose Up
ALTER TABLE script_delay_request
  ADD COLUMN reason varchar(500) NOT NULL DEFAULT '' COMMENT 'the result of a job that is cancelled; empty where an older program asks';
