-- Forgets the batches KEYS[2…], whose messages are all done.
-- KEYS: batches, batches that are done …
-- Answers those that were not there.
local gone = {}
for i = 2, #KEYS do
  if redis.call('ZREM', KEYS[1], KEYS[i]) == 0 then gone[#gone + 1] = KEYS[i] end
  redis.call('UNLINK', KEYS[i])
end
return gone
