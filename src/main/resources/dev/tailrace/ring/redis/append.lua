-- Stores a batch of each of some devices, each in one step: drop what is stored already, number the rest, keep the newest,
-- announce. What fails for one device fails for it alone.
--
-- KEYS  of each device  1 ring (list of entries)   2 meta (hash)
-- ARGV  1 run id of this server    2 capacity      3 time to live, ms    4 now, ms      5 epoch to take if a new one begins
--       then of each device
--       1 live (sharded channel)
--       2 writer or empty          3 its number of this append
--       4 producer or empty        5 its number of each entry, separated by spaces
--       6 the announcement as it will be if the ring is where the broker last knew it to be: S, epoch and first offset
--         (empty and 0 when it knows none) on a line, then the entries, each followed by a newline
-- Lua hashes each byte of each string that it makes, which is most of what an append costs, so an announcement that was
-- right is published as it came.
-- A channel is no key: it never exists, and a node that takes a slot over refuses calls of which a key is missing.
-- Returns of each device epoch, head, entries stored, entries dropped as stored before; or an error.

local find, sub, format, match, call = string.find, string.sub, string.format, string.match, redis.call

local run, capacity, ttl, now, new_epoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]

-- A list is cut once it is so much longer than a reader may see, because cutting costs as much as a short append.
local tolerated = capacity + math.floor(capacity / 16)

-- Writers and producers are remembered for a while only: above 96, those that wrote longest ago go until 64 are left.
local function forget_senders(meta)
  local all, senders = call('HGETALL', meta), {}
  for i = 1, #all, 2 do
    if find(all[i], '^[wp]:') then
      senders[#senders + 1] = {all[i], tonumber(match(all[i + 1], '^%d+ (%d+)'))}
    end
  end
  table.sort(senders, function(a, b) return a[2] < b[2] end)
  for i = 1, #senders - 64 do
    call('HDEL', meta, senders[i][1])
  end
end

-- The entries above the producer's last number, which is compared as text, for a number over 2^53 is not exact in Lua: the
-- longer one is the greater.
local function new_entries(announcement, from, last, seqs)
  local entries, stored, dropped = {}, 0, 0
  local next_seq = string.gmatch(seqs, '%d+')
  local to = find(announcement, '\n', from, true)
  while to do
    local seq = next_seq()
    if #seq > #last or (#seq == #last and seq > last) then
      last = seq
      stored = stored + 1
      entries[stored] = sub(announcement, from, to - 1)
    else
      dropped = dropped + 1
    end
    from = to + 1
    to = find(announcement, '\n', from, true)
  end
  return entries, stored, dropped, last
end

local function all_entries(announcement, from)
  local entries, stored = {}, 0
  local to = find(announcement, '\n', from, true)
  while to do
    stored = stored + 1
    entries[stored] = sub(announcement, from, to - 1)
    from = to + 1
    to = find(announcement, '\n', from, true)
  end
  return entries, stored
end

local function push(ring, entries, stored)
  local from, length = math.max(1, stored - capacity + 1), 0
  -- Lua's stack takes some 8,000 values at once.
  for i = from, stored, 1000 do
    length = call('RPUSH', ring, unpack(entries, i, math.min(i + 999, stored)))
  end
  if length > tolerated then
    call('LTRIM', ring, -capacity, -1)
  end
  return length == stored - from + 1
end

local function append(ring, meta, at)
  local writer, producer, announcement = ARGV[at + 2], ARGV[at + 4], ARGV[at + 6]
  local writer_field, producer_field = 'w:' .. writer, 'p:' .. producer
  local kept
  if producer == '' then
    kept = call('HMGET', meta, 'epoch', 'head', 'run', 'touched', writer_field)
  else
    kept = call('HMGET', meta, 'epoch', 'head', 'run', 'touched', writer_field, producer_field)
  end
  local epoch, head, touched = kept[1], tonumber(kept[2] or 0), tonumber(kept[4] or 0)
  local change = {'head', 0}

  local function set(field, value)
    change[#change + 1] = field
    change[#change + 1] = value
  end

  if not epoch then
    -- A list without its numbers is worth nothing.
    call('DEL', ring)
    epoch = new_epoch
    set('epoch', epoch)
    set('run', run)
    set('cleared', 0)
  elseif kept[3] ~= run then
    -- Another server process than at the last append: a restart, a failover or a moved slot. It may have come back with
    -- older data, and then offsets that were given already would be given again to other entries. The same epoch goes
    -- on only when nothing is missing that this broker knows of; otherwise a new one forks off where the data ends.
    set('run', run)
    local known_epoch, known_next = match(announcement, '^S (%S*) (%d+)\n')
    if known_epoch ~= epoch or tonumber(known_next) - 1 > head then
      set('parent', epoch)
      set('fork', format('%d', head))
      epoch = new_epoch
      set('epoch', epoch)
    end
  end

  -- A writer has one append in flight, so the last one is all that it can repeat.
  if writer ~= '' and kept[5] then
    local seq, then_head, then_dropped = match(kept[5], '^(%d+) (%d+) (%d+)$')
    if tonumber(seq) >= tonumber(ARGV[at + 3]) then
      if #change > 2 then
        change[2] = format('%d', head)
        call('HSET', meta, unpack(change))
      end
      local _, lines = string.gsub(announcement, '\n', '\n')
      return {epoch, tonumber(then_head), lines - 1 - tonumber(then_dropped), tonumber(then_dropped)}
    end
  end

  local header_end = find(announcement, '\n', 1, true)
  local entries, stored, dropped = nil, 0, 0
  if producer == '' then
    entries, stored = all_entries(announcement, header_end + 1)
  else
    local last = kept[6] and match(kept[6], '^%d+') or ''
    entries, stored, dropped, last = new_entries(announcement, header_end + 1, last, ARGV[at + 5])
    set(producer_field, last .. ' ' .. format('%d', head + stored))
  end

  local first = head + 1
  head = head + stored
  local head_text = format('%d', head)
  change[2] = head_text
  if writer ~= '' then
    set(writer_field, ARGV[at + 3] .. ' ' .. head_text .. ' ' .. dropped)
  end
  local list_is_new = stored > 0 and push(ring, entries, stored)

  -- The expiry is put off twenty times in a time to live and not with every append, and always for a key that is new. The
  -- distance counts in both directions, so that a broker whose clock is ahead does not keep the others from it.
  local expire = list_is_new or math.abs(now - touched) > ttl / 20
  if expire then
    set('touched', ARGV[4])
  end
  call('HSET', meta, unpack(change))
  if expire then
    call('PEXPIRE', meta, ttl)
    call('PEXPIRE', ring, ttl)
  end
  local new_sender = (writer ~= '' and not kept[5]) or (producer ~= '' and not kept[6])
  if new_sender and call('HLEN', meta) > 96 then
    forget_senders(meta)
  end
  if stored > 0 then
    local header = 'S ' .. epoch .. ' ' .. format('%d', first)
    if dropped > 0 or sub(announcement, 1, header_end - 1) ~= header then
      announcement = header .. '\n' .. table.concat(entries, '\n')
    end
    call('SPUBLISH', ARGV[at + 1], announcement)
  end
  return {epoch, head, stored, dropped}
end

local answers = {}
for i = 1, #KEYS / 2 do
  local done, answer = pcall(append, KEYS[2 * i - 1], KEYS[2 * i], 6 * i - 1)
  if not done then
    -- What a command refuses begins with its code; some servers hand it over in a table.
    local text = type(answer) == 'table' and answer.err or tostring(answer)
    answer = redis.error_reply(find(text, '^%u+ ') and text or 'ERR ' .. text)
  end
  answers[i] = answer
end
return answers
