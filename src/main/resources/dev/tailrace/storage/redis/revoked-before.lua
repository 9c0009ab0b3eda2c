-- Reads a page of the list that versions kept which did not number what they revoked. They may still run, and read and
-- write it.
--
-- KEYS  1 list (zset): CREDENTIAL@FROM -> ms until which it is listed
-- ARGV  1 members to skip, of those that are listed longest   2 members at most
-- Returns members and their scores; the first are those that are listed longest.
-- Ended members are removed by the clock of Redis, so that the list ends with its last member.

local time = redis.call('TIME')
local now = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1, 'REV', 'WITHSCORES')
