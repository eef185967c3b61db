-- +goose Up
INSERT OR IGNORE INTO script_meta (name, value) VALUES ('adopted_at', unixepoch());
