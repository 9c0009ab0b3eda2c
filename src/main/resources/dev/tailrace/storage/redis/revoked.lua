-- Reads what was added to the list of revoked credentials after a number.
--
-- KEYS  1 revoked, see revoke.lua
-- ARGV  1 number   2 members at most   3… members that a broker takes for over
-- Returns ms now, the mastership, ~LIFE or an empty text when there is no list, the last number, then members and their
-- numbers, of which the last is ~LIFE when there are no more. Ended members are removed by the clock of Redis, because
-- a broker's clock may be wrong.

local call = redis.call

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {now, mastership(), '', 0}
if call('TYPE', KEYS[1]).ok ~= 'zset' then
  return answer
end
local last = call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
local life = string.match(last[1], '^~%d+$')
if not life then
  return answer
end
answer[3], answer[4] = life, tonumber(last[2])

for i = 3, #ARGV do
  local ends = tonumber(string.match(ARGV[i], "@(%d+)$") or "")
  if ends and ends <= now then
    call('ZREM', KEYS[1], ARGV[i])
  end
end
local found = call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #found do
  answer[#answer + 1] = found[i]
end
return answer
