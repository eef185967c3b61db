-- +goose Up
CREATE INDEX IF NOT EXISTS script_delay_attempt_died ON script_delay_attempt (owner, outcome);
