-- +goose Up
CREATE TABLE IF NOT EXISTS script_cron_mark (
  `partition` varchar(20) NOT NULL,
  entry varchar(100) NOT NULL,
  tick bigint NOT NULL,
  spec varchar(500) NOT NULL,
  PRIMARY KEY (`partition`, entry)
);
