-- Adds texts to a list that has exactly as many as the broker expects, and sets when it expires.
--
-- KEYS  1 list
-- ARGV  1 texts that it has   2 milliseconds from now until it expires   3… texts to add, maybe none
-- Returns 1, or 0 when the list has another length; then nothing is changed.

if redis.call('LLEN', KEYS[1]) ~= tonumber(ARGV[1]) then
  return 0
end
for i = 3, #ARGV do
  redis.call('RPUSH', KEYS[1], ARGV[i])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
