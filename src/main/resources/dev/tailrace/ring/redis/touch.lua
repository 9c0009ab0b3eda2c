-- Notes devices as seen now, and forgets those not seen for the time to live.
--
-- KEYS  1 seen (zset, score = ms last seen)   2 online (zset, score = ms last found connected)
-- ARGV  1 now, ms   2 time to live, ms   3 how many of the devices that follow are connected, these come first
-- KEYS[2] may come as the first of ARGV: see Call.
-- Returns REPAIRED when something else was there and was removed, else OK.
-- GT, because the clocks of two brokers differ and time must not go back.

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local reply = 'OK'
for i = 1, #KEYS do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'zset' and kind ~= 'none' then
    redis.call('DEL', KEYS[i])
    reply = 'REPAIRED'
  end
end

local now, connected = ARGV[1], tonumber(ARGV[3])
for i = 4, #ARGV do
  redis.call('ZADD', KEYS[1], 'GT', now, ARGV[i])
  if i - 3 <= connected then
    redis.call('ZADD', KEYS[2], 'GT', now, ARGV[i])
  end
end
local gone = string.format('%.0f', tonumber(now) - tonumber(ARGV[2]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', gone)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', gone)
return redis.status_reply(reply)
