-- One step of purging: devices that were not seen for the time to live, and leases of brokers that are gone. May run on
-- several brokers at once.
--
-- KEYS  1 seen   2 leases   3 online (zset of ms, which earlier versions wrote)   then the sets of devices of some leases
-- ARGV  1 time to live, ms   2 ms without renewal after which a lease is over   3 after which it is removed
--       4 devices in one step at most   then the leases of these sets
--       last the number of keys; all but KEYS[1] may be passed as the first of ARGV: see Call
-- Returns 1 when there may be more to do, else 0. All times are by the clock of Redis, because those of brokers differ.

while #KEYS < tonumber(ARGV[#ARGV]) do
  KEYS[#KEYS + 1] = table.remove(ARGV, 1)
end
ARGV[#ARGV] = nil

local call = redis.call

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[4])

local function before(millis)
  return string.format('%d', now - tonumber(millis))
end

local function renewed(i)
  return tonumber(call('ZSCORE', KEYS[2], ARGV[i + 1])) or 0
end

local expired = call('ZRANGE', KEYS[1], '-inf', before(ARGV[1]), 'BYSCORE', 'LIMIT', 0, most)
if #expired > 0 then
  -- A device that is connected counts as seen now, although it is silent.
  local is_online = {}
  for i = 4, #KEYS do
    if renewed(i) > now - tonumber(ARGV[2]) and renewed(i) < now + tonumber(ARGV[3]) then
      local has = call('SMISMEMBER', KEYS[i], unpack(expired))
      for j = 1, #expired do
        is_online[j] = is_online[j] or has[j] == 1
      end
    end
  end
  for j = 1, #expired do
    if is_online[j] then
      call('ZADD', KEYS[1], now, expired[j])
    else
      call('ZREM', KEYS[1], expired[j])
    end
  end
end

-- The clock of an earlier version's broker, or of a former master, was ahead.
local ahead = call('ZRANGE', KEYS[1], '(' .. before(-tonumber(ARGV[3])), '+inf', 'BYSCORE', 'LIMIT', 0, most)
for j = 1, #ahead do
  call('ZADD', KEYS[1], now, ahead[j])
end

-- The devices of a lease were seen when it was renewed last. The set is removed in steps, because the time to delete it
-- grows with its size.
local dissolved = 0
for i = 4, #KEYS do
  local last = renewed(i)
  -- A lease that was renewed in the future would be there until then.
  if last <= now - tonumber(ARGV[3]) or last >= now + tonumber(ARGV[3]) then
    last = math.min(last, now)
    local devices = call('SPOP', KEYS[i], most)
    local seen = {}
    for j = 1, #devices do
      seen[#seen + 1] = string.format('%d', last)
      seen[#seen + 1] = devices[j]
    end
    if #seen > 0 and last > 0 then
      call('ZADD', KEYS[1], 'GT', unpack(seen))
    end
    dissolved = #devices
    if dissolved < most then
      call('ZREM', KEYS[2], ARGV[i + 1])
    end
    break
  end
end

local former = {}
if call('TYPE', KEYS[3]).ok == 'zset' then
  former = call('ZRANGE', KEYS[3], '-inf', before(ARGV[3]), 'BYSCORE', 'LIMIT', 0, most)
end
if #former > 0 then
  call('ZREM', KEYS[3], unpack(former))
end
return (#expired == most or dissolved == most or #former == most or #ahead == most) and 1 or 0
