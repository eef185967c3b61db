-- +goose Up
CREATE TABLE IF NOT EXISTS crontab_log (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  pid int unsigned NOT NULL DEFAULT 0,
  name varchar(255) NOT NULL DEFAULT '',
  exec_cmd varchar(500) NOT NULL DEFAULT '',
  params varchar(500) NOT NULL,
  result varchar(500) NOT NULL DEFAULT '',
  status varchar(20) NOT NULL DEFAULT '',
  start_time bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  end_time bigint unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  cost_time int unsigned NOT NULL DEFAULT 0 COMMENT 'ms',
  `partition` varchar(20) NOT NULL,
  uk varchar(100) NOT NULL DEFAULT '',
  create_time timestamp NULL DEFAULT NULL,
  update_time timestamp NULL DEFAULT NULL,
  PRIMARY KEY (id),
  KEY uk (uk, create_time)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
