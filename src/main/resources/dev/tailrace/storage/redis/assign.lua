-- Moves a device into a fleet, out of the one it was in.
--
-- KEYS  1 of (hash, device -> fleet)   2 devices (zset of <fleet>/<device>, all of score 0)   3 sizes (hash, fleet -> devices), which
--       earlier versions read   4 the number of changes
-- ARGV  1 device   2 fleet, empty for none   3 devices that a fleet may have
-- Returns 0 when the fleet has so many already, otherwise 1, or 2 when something else was there and was removed.
-- KEYS[2] to KEYS[4] may be passed as the first of ARGV: see Call.
-- The devices of all fleets are in one set, so that every key that the script uses is named before it runs. The new
-- membership is added before the old one is removed, because a node whose slot moves away does not create a key again
-- that has become empty.
-- Assigning a device to the fleet that it is in repairs what is missing of the membership.

while #KEYS < 4 do
  KEYS[#KEYS + 1] = table.remove(ARGV, 1)
end

local call = redis.call

local function devices_of(fleet)
  return call('ZLEXCOUNT', KEYS[2], '[' .. fleet .. '/', '(' .. fleet .. '0') -- 0 comes right after the slash
end

local function note_size(fleet)
  local size = devices_of(fleet)
  if size == 0 then
    call('HDEL', KEYS[3], fleet)
  else
    call('HSET', KEYS[3], fleet, size)
  end
end

-- Before anything else, so that the later commands do not stop in the middle.
local done = 1
for i, right in ipairs({'hash', 'zset', 'hash', 'string'}) do
  local kind = call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= right then
    call('DEL', KEYS[i])
    done = 2
  end
end
local version = call('GET', KEYS[4])
if version and (#version > 17 or not string.find(version, '^%d+$')) then
  local time = call('TIME')
  call('SET', KEYS[4], string.format('%d%06d', time[1], time[2])) -- higher than any count
  done = 2
end

local device, fleet = ARGV[1], ARGV[2]
local was = call('HGET', KEYS[1], device) or ''
if fleet ~= '' and was ~= fleet and devices_of(fleet) >= tonumber(ARGV[3]) then
  return 0
end
if was == fleet and (fleet == '' or call('ZSCORE', KEYS[2], fleet .. '/' .. device)) then
  return done
end
call('INCR', KEYS[4])
if fleet ~= '' then
  call('HSET', KEYS[1], device, fleet)
  call('ZADD', KEYS[2], 0, fleet .. '/' .. device)
  note_size(fleet)
end
if was ~= '' and was ~= fleet then
  if fleet == '' then
    call('HDEL', KEYS[1], device)
  end
  call('ZREM', KEYS[2], was .. '/' .. device)
  note_size(was)
end
return done
