-- Puts the messages of up to ARGV[1] batches whose deadline has passed back in
-- their order, each with one attempt more. The newest batch goes first, so that
-- the oldest message is the next to be fetched. The lists of the batches are named
-- by the sorted set; they share its slot.
-- KEYS: returned, batches
-- ARGV: most
-- Answers {batches, messages}.
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local late = redis.call('ZREVRANGEBYSCORE', KEYS[2], now, '-inf', 'LIMIT', 0, ARGV[1])
local moved = 0
for _, batch in ipairs(late) do
  local stored, back = redis.call('LRANGE', batch, 0, -1), {}
  local origin, settled = open(stored[1] or '=') -- nothing is left where somebody deleted it
  for i = 2, #stored do
    local place = #stored - i
    if not settled[place] then
      local attempt, text = read(origin, place, stored[i])
      back[#back + 1] = attempt + 1 .. ' ' .. text
    end
  end
  evenWhereFull(batch)
  if #back > 0 then redis.call('RPUSH', KEYS[1], unpack(back)) end
  redis.call('UNLINK', batch)
  redis.call('ZREM', KEYS[2], batch)
  moved = moved + #back
end
return {#late, moved}
