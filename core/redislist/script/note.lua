-- Notes in the heads of batches that are still out which of their messages are done,
-- and lets go of those: they come back no more, whatever becomes of the others.
-- KEYS: batches, batches that are out …
-- ARGV: for each of them the places that are done, as "place place …"
-- Answers those that are not there: they were reaped.
local gone = {}
for i = 2, #KEYS do
  local batch, places = KEYS[i], ARGV[i - 1]
  if redis.call('ZSCORE', KEYS[1], batch) then
    evenWhereFull(batch)
    redis.call('LSET', batch, 0, redis.call('LINDEX', batch, 0) .. ' ' .. places)
    for place in string.gmatch(places, '%d+') do redis.call('LSET', batch, -1 - place, '') end
  else
    gone[#gone + 1] = batch
  end
end
return gone
