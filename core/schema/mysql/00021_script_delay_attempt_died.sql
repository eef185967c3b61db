-- +goose Up
ALTER TABLE script_delay_attempt ADD INDEX died (owner, outcome);
