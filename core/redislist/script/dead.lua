-- Moves one message of a batch to the dead list. What is left in its place is the
-- empty string, which no message is.
-- KEYS: batches, batch, dead list
-- ARGV: place in the batch, head of the dead letter
-- Answers 0 where the batch is not there.
if not redis.call('ZSCORE', KEYS[1], KEYS[2]) then return 0 end
local m = redis.call('LINDEX', KEYS[2], ARGV[1])
if m ~= '' then
  local id = string.find(m, ' ', 1, true)
  local payload = string.find(m, ' ', id + 1, true)
  redis.call('LPUSH', KEYS[3], ARGV[2] .. string.sub(m, payload + 1))
  redis.call('LSET', KEYS[2], ARGV[1], '')
end
return 1
