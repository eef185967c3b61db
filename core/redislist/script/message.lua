-- Reads the head of a batch, "origin place place …": where its messages are from,
-- and the places of those that are in the dead list.
local function open(head)
  local origin, places = string.match(head, '^(%S+)(.*)$')
  local dead = {}
  for place in string.gmatch(places, '%d+') do dead[tonumber(place)] = true end
  return origin, dead
end

-- Returns the attempt of the message in a place, and its id and payload as one text.
local function read(origin, place, stored)
  if origin ~= '=' then return 1, origin .. '-' .. place .. ' ' .. stored end
  local space = string.find(stored, ' ', 1, true)
  return tonumber(string.sub(stored, 1, space - 1)), string.sub(stored, space + 1)
end

