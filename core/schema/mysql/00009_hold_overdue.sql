-- +goose Up
-- Jobs of an original installation that were overdue when it was adopted do not
-- run before a person decides (migrate --overdue=run|skip). A new table has none.
-- +script chunks of 1000
UPDATE delay_queue_log SET status = 5, update_time = CURRENT_TIMESTAMP
WHERE status = 1 AND exec_time < (SELECT CAST(value AS UNSIGNED) FROM script_meta WHERE name = 'adopted_at');
