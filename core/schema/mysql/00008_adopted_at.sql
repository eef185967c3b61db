-- +goose Up
-- The moment (Unix seconds) from which on this machine answers for the table.
INSERT IGNORE INTO script_meta (name, value) VALUES ('adopted_at', UNIX_TIMESTAMP());
