-- Moves the deadlines of the batches KEYS[2…].
-- KEYS: batches, own batches …
-- ARGV: lease in ms
-- Answers those that are not there: they were reaped.
local t = redis.call('TIME')
local deadline = t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[1]
local gone = {}
for i = 2, #KEYS do
  -- Removed first: that needs no memory, and a server that is full allows the rest.
  if redis.call('ZREM', KEYS[1], KEYS[i]) == 1 then
    redis.call('ZADD', KEYS[1], deadline, KEYS[i])
  else
    gone[#gone + 1] = KEYS[i]
  end
end
return gone
