-- +goose Up
CREATE INDEX IF NOT EXISTS script_delay_archive_kind ON script_delay_archive (exec_cmd, status, id);
