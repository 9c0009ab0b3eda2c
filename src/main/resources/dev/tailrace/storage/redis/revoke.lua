-- Adds revoked credentials to the list, each with the next number. Brokers also use it to restore a list that was lost.
--
-- KEYS  1 revoked (zset): CREDENTIAL@FROM@UNTIL -> its number, and ~LIFE -> the last number. The last number is the highest
--         score and ~ comes after every other first character, so ~LIFE is the last member.
-- ARGV  members to add
-- Returns REPAIRED when the key held something else, which was removed, else OK.
-- It is one key, so that Redis loses all of it or nothing. Members that have ended by the clock of Redis are not added.

local call = redis.call

local reply = 'OK'
local kind = call('TYPE', KEYS[1]).ok
local life, number
if kind == 'zset' then
  local last = call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  life, number = string.match(last[1], '^~%d+$'), tonumber(last[2])
end
if kind ~= 'none' and not life then
  call('DEL', KEYS[1])
  reply = 'REPAIRED'
end

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if not life then
  life, number = string.format('~%d%06d', time[1], time[2]), 0
end
for i = 1, #ARGV do
  local ends = tonumber(string.match(ARGV[i], "@(%d+)$") or "")
  if ends and ends > now and not call('ZSCORE', KEYS[1], ARGV[i]) then
    number = number + 1
    call('ZADD', KEYS[1], string.format('%d', number), ARGV[i])
  end
end
call('ZADD', KEYS[1], string.format('%d', number), life)
return reply
