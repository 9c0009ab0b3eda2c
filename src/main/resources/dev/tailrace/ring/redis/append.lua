-- Stores a batch of one device in one step: drop what is stored already, number the rest, keep the newest, announce.
--
-- KEYS  1 ring (list of entries)   2 meta (hash)
-- ARGV  1 run id of this server    2 capacity      3 time to live, ms    4 now, ms      5 epoch to take if a new one begins
--       6 epoch and 7 head that the broker last knew, empty and -1 when it knows none
--       8 writer or empty          9 its number of this append
--      10 producer or empty       11 its number of each entry, separated by spaces
--      12 the entries, each followed by a newline          13 live (sharded channel)
-- The channel is no key: it never exists, and a node that takes a slot over refuses calls of which a key is missing.
-- Returns epoch, head, entries stored, entries dropped as stored before.

local find, sub, format = string.find, string.sub, string.format

local ring, meta, live = KEYS[1], KEYS[2], ARGV[13]
local run, capacity, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local writer, producer, packed = ARGV[8], ARGV[10], ARGV[12]

local kept = redis.call('HMGET', meta, 'epoch', 'head', 'run', 'touched', 'w:' .. writer, 'p:' .. producer)
local epoch, head, touched = kept[1], tonumber(kept[2] or 0), tonumber(kept[4] or 0)
local change = {'head', 0}

local function set(field, value)
  change[#change + 1] = field
  change[#change + 1] = value
end

if not epoch then
  -- A list without its numbers is worth nothing.
  redis.call('DEL', ring)
  epoch = ARGV[5]
  set('epoch', epoch)
  set('run', run)
  set('cleared', 0)
elseif kept[3] ~= run then
  -- Another server process than at the last append: a restart, a failover or a moved slot. It may have come back with
  -- older data, and then offsets that were given already would be given again to other entries. The same epoch goes
  -- on only when nothing is missing that this broker knows of; otherwise a new one forks off where the data ends.
  set('run', run)
  if ARGV[6] ~= epoch or tonumber(ARGV[7]) > head then
    set('parent', epoch)
    set('fork', format('%.0f', head))
    epoch = ARGV[5]
    set('epoch', epoch)
  end
end

-- A writer has one append in flight, so the last one is all that it can repeat.
if writer ~= '' and kept[5] then
  local seq, then_head, then_dropped = string.match(kept[5], '^(%d+) (%d+) (%d+)$')
  if tonumber(seq) >= tonumber(ARGV[9]) then
    if #change > 2 then
      change[2] = format('%.0f', head)
      redis.call('HSET', meta, unpack(change))
    end
    local _, count = string.gsub(packed, '\n', '\n')
    return {epoch, tonumber(then_head), count - tonumber(then_dropped), tonumber(then_dropped)}
  end
end

local entries, stored, dropped = {}, 0, 0
if producer == '' then
  local from, to = 1, find(packed, '\n', 1, true)
  while to do
    stored = stored + 1
    entries[stored] = sub(packed, from, to - 1)
    from = to + 1
    to = find(packed, '\n', from, true)
  end
else
  -- Compared as text, for a number over 2^53 is not exact in Lua: the longer one is the greater.
  local last = kept[6] and string.match(kept[6], '^%d+') or ''
  local next_seq = string.gmatch(ARGV[11], '%d+')
  local from, to = 1, find(packed, '\n', 1, true)
  while to do
    local seq = next_seq()
    if #seq > #last or (#seq == #last and seq > last) then
      last = seq
      stored = stored + 1
      entries[stored] = sub(packed, from, to - 1)
    else
      dropped = dropped + 1
    end
    from = to + 1
    to = find(packed, '\n', from, true)
  end
  if dropped > 0 then
    packed = table.concat(entries, '\n')
  end
  set('p:' .. producer, last .. ' ' .. format('%.0f', head + stored))
end

local first = head + 1
head = head + stored
local head_text = format('%.0f', head)
change[2] = head_text
if writer ~= '' then
  set('w:' .. writer, ARGV[9] .. ' ' .. head_text .. ' ' .. dropped)
end

local list_is_new = false
if stored > 0 then
  local from = math.max(1, stored - capacity + 1)
  local length
  -- Lua's stack takes some 8,000 values at once.
  for i = from, stored, 1000 do
    length = redis.call('RPUSH', ring, unpack(entries, i, math.min(i + 999, stored)))
  end
  list_is_new = length == stored - from + 1
  if length > capacity then
    redis.call('LTRIM', ring, -capacity, -1)
  end
end

-- The expiry is put off twenty times in a time to live and not with every append, and always for a key that is new. The
-- distance counts in both directions, so that a broker whose clock is ahead does not keep the others from it.
local ttl = tonumber(ARGV[3])
local expire = list_is_new or math.abs(now - touched) > ttl / 20
if expire then
  set('touched', ARGV[4])
end
redis.call('HSET', meta, unpack(change))
if expire then
  redis.call('PEXPIRE', meta, ttl)
  redis.call('PEXPIRE', ring, ttl)
end

-- Writers and producers are remembered for a while only: above 96, those that wrote longest ago go until 64 are left.
local new_sender = (writer ~= '' and not kept[5]) or (producer ~= '' and not kept[6])
if new_sender and redis.call('HLEN', meta) > 96 then
  local all, senders = redis.call('HGETALL', meta), {}
  for i = 1, #all, 2 do
    if find(all[i], '^[wp]:') then
      senders[#senders + 1] = {all[i], tonumber(string.match(all[i + 1], '^%d+ (%d+)'))}
    end
  end
  table.sort(senders, function(a, b) return a[2] < b[2] end)
  for i = 1, #senders - 64 do
    redis.call('HDEL', meta, senders[i][1])
  end
end

if stored > 0 then
  redis.call('SPUBLISH', live, 'S ' .. epoch .. ' ' .. format('%.0f', first) .. '\n' .. packed)
end
return {epoch, head, stored, dropped}
