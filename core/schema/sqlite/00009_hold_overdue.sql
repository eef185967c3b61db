-- +goose Up
UPDATE delay_queue_log SET status = 5, update_time = CURRENT_TIMESTAMP
WHERE status = 1 AND exec_time < (SELECT CAST(value AS INTEGER) FROM script_meta WHERE name = 'adopted_at');
