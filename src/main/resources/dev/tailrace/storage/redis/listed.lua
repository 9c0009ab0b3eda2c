-- Reads the members of a list that have not ended, by the clock of Redis.
--
-- KEYS  1 list, see enlist.lua
-- Returns them in the order of their ends.

local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')
