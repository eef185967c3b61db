-- Reads the head of a batch, "origin place place …": where its messages are from,
-- and the places of those that are settled: done, or in the dead list.
local function open(head)
  local origin, places = string.match(head, '^(%S+)(.*)$')
  local settled = {}
  for place in string.gmatch(places, '%d+') do settled[tonumber(place)] = true end
  return origin, settled
end

-- Returns the attempt of the message in a place, and its id and payload as one text.
local function read(origin, place, stored)
  if origin ~= '=' then return 1, origin .. '-' .. place .. ' ' .. stored end
  local space = string.find(stored, ' ', 1, true)
  return tonumber(string.sub(stored, 1, space - 1)), string.sub(stored, space + 1)
end

-- A server that is full refuses a script whose first write may need memory; what
-- comes after another write it lets pass. This one changes nothing. What follows
-- takes the place of what is removed.
local function evenWhereFull(batch) redis.call('LTRIM', batch, 0, -1) end

