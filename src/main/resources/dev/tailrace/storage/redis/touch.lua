-- Renews a broker's lease and notes what the broker saw since the last renewal: devices that wrote, connected, or
-- disconnected. A device is online while the lease of a broker is in force whose set has it, so a silent device costs
-- nothing.
--
-- KEYS  1 seen (zset, score = ms last seen)   2 leases (zset, broker's lease -> ms last renewed)   3 devices of this lease (set)
-- ARGV  1 lease   2 ms for which the set outlives its last renewal   3 how many of the devices that follow wrote
--       4 how many after these connected; the others disconnected
-- Returns ms now, whether the lease was there (1) or not (0), devices of the set before and after, and REPAIRED when a
-- key held something else, which was removed, else OK.
-- All times are by the clock of Redis, because those of brokers differ.
-- KEYS[2] and KEYS[3] may be passed as the first of ARGV: see Call. Disconnected devices are removed last, because a
-- node whose slot moves away cannot look at a key that has become empty.

while #KEYS < 3 do
  KEYS[#KEYS + 1] = table.remove(ARGV, 1)
end

local call = redis.call

local reply = 'OK'
for i = 1, #KEYS do
  local kind = call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= (i == 3 and 'set' or 'zset') then
    call('DEL', KEYS[i])
    reply = 'REPAIRED'
  end
end

local time = call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local connected = 5 + tonumber(ARGV[3])
local disconnected = connected + tonumber(ARGV[4])
local before = call('SCARD', KEYS[3])

local seen = {}
for i = 5, #ARGV do
  seen[#seen + 1] = now
  seen[#seen + 1] = ARGV[i]
end
if #seen > 0 then
  call('ZADD', KEYS[1], unpack(seen))
end
local is_new = call('ZADD', KEYS[2], now, ARGV[1])
local after = before
if disconnected > connected then
  after = after + call('SADD', KEYS[3], unpack(ARGV, connected, disconnected - 1))
end
call('PEXPIRE', KEYS[3], ARGV[2])
if #ARGV >= disconnected then
  after = after - call('SREM', KEYS[3], unpack(ARGV, disconnected))
end
return {tonumber(now), 1 - is_new, before, after, reply}
