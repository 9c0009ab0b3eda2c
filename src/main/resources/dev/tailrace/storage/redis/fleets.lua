-- Reads fleets with the number of devices of each: those after one, or those that are named.
--
-- KEYS  1 devices (zset of <fleet>/<device>, all of score 0)
-- ARGV  1 AFTER   2 name after which to begin, empty for the beginning   3 fleets at most
--       1 OF      then the names
-- Returns for each fleet its name and its devices. Fleets are in the order of the set: by their names with a slash at
-- the end.
-- A member of the set that is not a membership is returned as a name with -1.

local call = redis.call

local function size(fleet)
  return call('ZLEXCOUNT', KEYS[1], '[' .. fleet .. '/', '(' .. fleet .. '0') -- 0 comes right after the slash
end

local answer = {}
if ARGV[1] == 'OF' then
  for i = 2, #ARGV do
    answer[#answer + 1] = ARGV[i]
    answer[#answer + 1] = size(ARGV[i])
  end
  return answer
end

local from = ARGV[2] == '' and '-' or '[' .. ARGV[2] .. '0'
while #answer < 2 * tonumber(ARGV[3]) do
  local member = call('ZRANGEBYLEX', KEYS[1], from, '+', 'LIMIT', 0, 1)[1]
  if not member then
    break
  end
  local slash = string.find(member, '/', 1, true)
  local fleet = slash and string.sub(member, 1, slash - 1) or member
  answer[#answer + 1] = fleet
  answer[#answer + 1] = slash and size(fleet) or -1
  from = slash and '[' .. fleet .. '0' or '(' .. member
end
return answer
