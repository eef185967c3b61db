-- Puts the messages of a batch that are not done back, in front of all others. What
-- may fail comes before what forgets the batch.
-- KEYS: returned, batches, batch
-- ARGV: place and attempt of each of them, the newest message first
-- Answers how many came back; -1 where the batch is not there.
if not redis.call('ZSCORE', KEYS[2], KEYS[3]) then return -1 end
local stored, back = redis.call('LRANGE', KEYS[3], 0, -1), {}
local origin, settled = open(stored[1] or '=')
for i = 1, #ARGV, 2 do
  local place = tonumber(ARGV[i])
  local message = stored[#stored - place]
  if message and not settled[place] then
    local _, text = read(origin, place, message)
    back[#back + 1] = ARGV[i + 1] .. ' ' .. text
  end
end
evenWhereFull(KEYS[3])
if #back > 0 then redis.call('RPUSH', KEYS[1], unpack(back)) end
redis.call('UNLINK', KEYS[3])
redis.call('ZREM', KEYS[2], KEYS[3])
return #back
