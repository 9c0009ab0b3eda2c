-- Moves a device into a fleet, out of the one it was in.
--
-- KEYS  1 of (hash, device -> fleet)   2 devices (zset of <fleet>/<device>, all of score 0)   3 sizes (hash, fleet -> devices)
--       4 how many changes there were
-- ARGV  1 device   2 fleet, empty for none   3 devices that a fleet may have
-- Returns 0 when the fleet has so many already, otherwise 1.
-- KEYS[2] to KEYS[4] may come as the first of ARGV: see Call.
-- The devices of all fleets are in one set, so that every key that the script uses is named before it runs. What is new is added
-- before what was is removed, because a node whose slot moves away makes no key anew that has become empty.

while #KEYS < 4 do
  KEYS[#KEYS + 1] = table.remove(ARGV, 1)
end

local device, fleet = ARGV[1], ARGV[2]
local was = redis.call('HGET', KEYS[1], device) or ''
if was == fleet then
  return 1
end
if fleet ~= '' and tonumber(redis.call('HGET', KEYS[3], fleet) or 0) >= tonumber(ARGV[3]) then
  return 0
end
redis.call('INCR', KEYS[4])
if fleet ~= '' then
  redis.call('HSET', KEYS[1], device, fleet)
  redis.call('ZADD', KEYS[2], 0, fleet .. '/' .. device)
  redis.call('HINCRBY', KEYS[3], fleet, 1)
end
if was ~= '' then
  if fleet == '' then
    redis.call('HDEL', KEYS[1], device)
  end
  redis.call('ZREM', KEYS[2], was .. '/' .. device)
  if redis.call('HINCRBY', KEYS[3], was, -1) <= 0 then
    redis.call('HDEL', KEYS[3], was)
  end
end
return 1
