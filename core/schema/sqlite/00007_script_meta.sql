-- +goose Up
CREATE TABLE IF NOT EXISTS script_meta (
  name varchar(64) NOT NULL PRIMARY KEY,
  value varchar(500) NOT NULL DEFAULT ''
);
