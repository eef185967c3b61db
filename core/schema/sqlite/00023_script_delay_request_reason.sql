-- +goose Up
-- What it means stands in the file of the same name for MySQL.
ALTER TABLE script_delay_request ADD COLUMN reason varchar(500) NOT NULL DEFAULT '';
