-- Puts the messages of a batch that are not done back, in front of all others.
-- KEYS: returned, batches, batch
-- ARGV: place and attempt of each of them, the newest message first
-- Answers how many came back; -1 where the batch is not there.
if redis.call('ZREM', KEYS[2], KEYS[3]) == 0 then return -1 end
local stored, back = redis.call('LRANGE', KEYS[3], 0, -1), {}
local origin, dead = open(stored[1])
for i = 1, #ARGV, 2 do
  local place = tonumber(ARGV[i])
  if not dead[place] then
    local _, text = read(origin, place, stored[#stored - place])
    back[#back + 1] = ARGV[i + 1] .. ' ' .. text
  end
end
if #back > 0 then redis.call('RPUSH', KEYS[1], unpack(back)) end
redis.call('UNLINK', KEYS[3])
return #back
