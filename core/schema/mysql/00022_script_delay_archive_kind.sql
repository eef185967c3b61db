-- +goose Up
ALTER TABLE script_delay_archive ADD INDEX kind (exec_cmd, status, id);
