-- +goose Up
CREATE TABLE IF NOT EXISTS script_cron_mark (
  `partition` varchar(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  entry varchar(100) COLLATE utf8mb4_bin NOT NULL,
  tick bigint NOT NULL COMMENT 's, UTC: everything up to it is decided',
  spec varchar(500) NOT NULL COMMENT 'under which it was decided',
  PRIMARY KEY (`partition`, entry)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
