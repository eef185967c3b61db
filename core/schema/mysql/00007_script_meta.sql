-- +goose Up
CREATE TABLE IF NOT EXISTS script_meta (
  name varchar(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  value varchar(500) NOT NULL DEFAULT '',
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci COMMENT 'what the machine notes about this installation';
