-- Moves one message of a batch into the dead list, and notes in the head of the
-- batch that it is there, so that it is there once and comes back no more.
-- KEYS: batches, batch, dead list
-- ARGV: place in the batch, head of the dead letter
-- Answers 0 where the batch is not there.
if not redis.call('ZSCORE', KEYS[1], KEYS[2]) then return 0 end
local place, head = tonumber(ARGV[1]), redis.call('LINDEX', KEYS[2], 0)
local origin, settled = open(head)
if not settled[place] then
  local _, text = read(origin, place, redis.call('LINDEX', KEYS[2], -1 - place))
  evenWhereFull(KEYS[2])
  redis.call('LPUSH', KEYS[3], ARGV[2] .. string.sub(text, string.find(text, ' ', 1, true) + 1))
  redis.call('LSET', KEYS[2], 0, head .. ' ' .. place)
  redis.call('LSET', KEYS[2], -1 - place, '')
end
return 1
