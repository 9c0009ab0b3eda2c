-- Reads what is known of some devices: of those seen after a mark, oldest first, or of those that are named.
--
-- KEYS  1 seen (zset, score = ms last seen)   2 leases (zset, lease -> ms last renewed)   then the sets of devices of some leases
-- ARGV  1 ms for which a device is known after it was seen
--       2 SINCE   3 score and 4 member of the mark, both empty for the beginning   5 devices at most
--       2 OF      then the devices
--       last the number of keys; all but KEYS[1] may be passed as the first of ARGV: see Call
-- Returns ms now, all leases with the times of their renewals, then for each device its name, when it was seen, and the
-- numbers of the leases that have it, as a text such as 2 or 1,3, empty for none.
-- The page begins by rank, because very many devices may have been seen in the same millisecond.

while #KEYS < tonumber(ARGV[#ARGV]) do
  KEYS[#KEYS + 1] = table.remove(ARGV, 1)
end
ARGV[#ARGV] = nil

local call = redis.call

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = string.format('%d', now - tonumber(ARGV[1]))

local function page_after(score, member, most)
  local first
  if score == '' then
    first = call('ZCOUNT', KEYS[1], '-inf', gone)
  elseif tonumber(call('ZSCORE', KEYS[1], member)) == tonumber(score) then
    first = call('ZRANK', KEYS[1], member) + 1
  else
    -- There is no member, or it was seen again since: the devices of the same millisecond are returned again.
    first = call('ZCOUNT', KEYS[1], '-inf', '(' .. score)
  end
  return call('ZRANGE', KEYS[1], first, first + most - 1, 'WITHSCORES')
end

local function named(from)
  local found = {}
  for i = from, #ARGV do
    found[#found + 1] = ARGV[i]
    found[#found + 1] = call('ZSCORE', KEYS[1], ARGV[i]) or '0'
  end
  return found
end

local found = ARGV[2] == 'SINCE' and page_after(ARGV[3], ARGV[4], tonumber(ARGV[5])) or named(3)
local names, holders = {}, {}
for i = 1, #found, 2 do
  names[#names + 1] = found[i]
  holders[#holders + 1] = ''
end
for lease = 3, #names > 0 and #KEYS or 0 do
  local has = call('SMISMEMBER', KEYS[lease], unpack(names))
  for i = 1, #names do
    if has[i] == 1 then
      holders[i] = holders[i] == '' and tostring(lease - 2) or holders[i] .. ',' .. (lease - 2)
    end
  end
end
local answer = {now, call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES')}
for i = 1, #names do
  answer[#answer + 1] = names[i]
  answer[#answer + 1] = string.format('%d', tonumber(found[2 * i]))
  answer[#answer + 1] = holders[i]
end
return answer
