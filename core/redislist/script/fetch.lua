-- Takes up to ARGV[1] messages, as the batch KEYS[4], after acknowledging the
-- ARGV[4] batches behind it. A batch that is there already is answered again as it
-- is. The owner's other batches get the same deadline: they are reaped together,
-- and so in their order.
-- KEYS: list, returned, batches, the new batch, batches that are done …, others …
-- ARGV: most, lease in ms, owner, how many are done
-- Answers {batches that were not there to be acknowledged, messages}.
local gone, others = {}, 5 + ARGV[4]
for i = 5, others - 1 do
  if redis.call('ZREM', KEYS[3], KEYS[i]) == 0 then gone[#gone + 1] = KEYS[i] end
  redis.call('UNLINK', KEYS[i])
end

local t = redis.call('TIME')
local deadline = t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2]
for i = others, #KEYS do redis.call('ZADD', KEYS[3], 'XX', deadline, KEYS[i]) end
if redis.call('EXISTS', KEYS[4]) == 1 then
  redis.call('ZADD', KEYS[3], deadline, KEYS[4])
  return {gone, redis.call('LRANGE', KEYS[4], 0, -1)}
end

local most, batch, n = tonumber(ARGV[1]), {}, 0
local function take(key, prefix)
  if n >= most then return end
  local found = redis.call('LRANGE', key, n - most, -1)
  if #found == 0 then return end
  redis.call('LTRIM', key, 0, -#found - 1)
  for i = #found, 1, -1 do
    n = n + 1
    batch[n] = prefix and prefix .. n .. ' ' .. found[i] or found[i]
  end
end
take(KEYS[2])
-- The time makes ids differ even where a late repetition of a request is carried out.
take(KEYS[1], '1 ' .. ARGV[3] .. '-' .. t[1] .. '.' .. t[2] .. '-')
if n > 0 then
  redis.call('RPUSH', KEYS[4], unpack(batch))
  redis.call('ZADD', KEYS[3], deadline, KEYS[4])
end
return {gone, batch}
