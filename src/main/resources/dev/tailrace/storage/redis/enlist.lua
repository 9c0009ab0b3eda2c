-- Puts a member on a list, or changes how long it stays there; the list expires with its last member.
--
-- KEYS  1 list (zset, score = ms until which a member stays, or inf)
-- ARGV  1 member   2 ms until which it stays, or +inf   3 members at most, 0 for any number
-- Returns 1, or 0 when there are as many and it is not one of them; then nothing is changed.
-- Ended members are removed by the clock of Redis, because those of brokers differ.

local call = redis.call

local time = call('TIME')
call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)))
local most = tonumber(ARGV[3])
if most > 0 and call('ZCARD', KEYS[1]) >= most and not call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if last == 'inf' then
  call('PERSIST', KEYS[1])
else
  call('PEXPIREAT', KEYS[1], string.format('%d', tonumber(last)))
end
return 1
