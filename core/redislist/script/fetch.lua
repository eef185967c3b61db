-- Takes up to ARGV[1] messages, as the batch KEYS[4], after acknowledging the
-- batches KEYS[6…]. A batch that is there already is answered again as it is. It
-- gets the deadline of the owner's batch KEYS[5], where there is one: they are
-- renewed together and reaped together, and so in their order.
-- KEYS: list, returned, batches, the new batch, another one or itself, batches that are done …
-- ARGV: most, lease in ms, owner
-- Answers {batches that were not there to be acknowledged, head, messages}.
local gone = {}
for i = 6, #KEYS do
  if redis.call('ZREM', KEYS[3], KEYS[i]) == 0 then gone[#gone + 1] = KEYS[i] end
  redis.call('UNLINK', KEYS[i])
end

local t = redis.call('TIME')
local deadline = redis.call('ZSCORE', KEYS[3], KEYS[5]) or t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2]
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('ZREM', KEYS[3], KEYS[4]) -- goes first, as LTRIM below
  redis.call('ZADD', KEYS[3], deadline, KEYS[4])
  return {gone, redis.call('LINDEX', KEYS[4], 0), redis.call('LRANGE', KEYS[4], 1, -1)}
end
if ARGV[1] == '0' then return {gone, '', {}} end

-- What came back is first, in batches of its own. The time makes the ids of others
-- differ even where a late repetition of a request is carried out.
local from, head = KEYS[2], '='
local messages = redis.call('LRANGE', from, -ARGV[1], -1)
if #messages == 0 then
  from, head = KEYS[1], ARGV[3] .. '-' .. t[1] .. '.' .. t[2]
  messages = redis.call('LRANGE', from, -ARGV[1], -1)
end
-- LTRIM goes first: it needs no memory, and what follows it is then allowed on a
-- server that is full.
if #messages > 0 then
  redis.call('LTRIM', from, 0, -#messages - 1)
  redis.call('RPUSH', KEYS[4], head, unpack(messages))
  redis.call('ZADD', KEYS[3], deadline, KEYS[4])
end
return {gone, head, messages}
