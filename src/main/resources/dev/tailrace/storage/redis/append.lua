-- Stores one batch for each of several devices, each in one step: drop what is stored already, number the rest, keep
-- the newest, announce. What fails for one device fails for that device only.
--
-- KEYS  of each device  1 ring (stream of announcements, each under its first offset)   2 meta (hash)
-- ARGV  1 capacity     2 time to live, ms    3 now, ms      4 epoch to take if a new one begins
--       5 entries of one announcement at most    6 bytes that the entries of a ring may have
--       then of each device
--       1 live (sharded channel)
--       2 writer or empty          3 its number of this append
--       4 producer or empty        5 its numbers of the entries, separated by spaces, or lowest-highest if they follow each other
--       6 entries in all           7 announcements, which follow, as they will be if the ring is where the broker last knew
--         it to be: S, epoch and first offset (empty and 0 when it knows none) on a line, then entries, each followed by
--         a newline
-- Lua hashes each byte of each string that it makes, which is most of the cost of an append. So an announcement that
-- was right is published, and kept, as it was sent.
-- A channel is not a key: it never exists, and a node that a slot moves to refuses calls of which a key is missing.
-- KEYS[2] may be passed as the first of ARGV: see Call.
-- The id of a stream entry is its first offset, and one more than the bytes that the ring was given before, or 0 while
-- they are not counted.
-- What the ring holds is in the fields room, see room_of, and base, the offset up to which entries are gone for another
-- reason than the capacity in room.
-- Returns for each device on a line: epoch, head, entries stored, entries dropped because they were stored before; then
-- P when they are stored but a later command, such as the announcement, was refused, and R when a key held something
-- else and was removed. Or E and an error, and then nothing was stored: no reader sees what is after the head, and the
-- next append removes it.

local find, sub, format, match, call = string.find, string.sub, string.format, string.match, redis.call
local min, max = math.min, math.max

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local capacity, ttl, now, new_epoch = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local announced, bytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local master = mastership() -- read once, because reading it costs about as much as storing a line

-- A writer repeats its last append only, and soon, so 64 writers are remembered. A producer may come back as long as
-- the ring lives, so 1024 producers are, and writers never take their places. The fields are looked through again after
-- an eighth was added to those that were left, because that takes as long as many appends.
local function forget_senders(meta)
  local fields = call('HLEN', meta)
  if fields <= 96 or fields <= (tonumber(call('HGET', meta, 'swept') or 0) or 0) * 9 / 8 + 32 then
    return
  end
  local all, writers, producers = call('HGETALL', meta), {}, {}
  for i = 1, #all, 2 do
    local kind = match(all[i], '^([wp]):')
    if kind then
      local senders = kind == 'w' and writers or producers
      senders[#senders + 1] = {all[i], tonumber(match(all[i + 1], '^%d+ (%d+)') or 0)}
    end
  end
  -- The senders that appended longest ago are removed.
  for senders, most in pairs({[writers] = 64, [producers] = 1024}) do
    table.sort(senders, function(a, b) return a[2] < b[2] end)
    for i = 1, #senders - most do
      call('HDEL', meta, senders[i][1])
    end
  end
  call('HSET', meta, 'swept', call('HLEN', meta))
end

-- Announcements that begin before this offset hold only entries that no reader may see.
local function evicted(head)
  return format('%d', max(0, head - capacity - announced + 2))
end

local same_room = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[6]

-- Functions that few appends need, made on demand: each function that a script makes also costs the appends that do not
-- use it.
local function room_functions()
  -- The capacity by which the ring was cut last, the time to live of its keys, and the limit of its bytes. Then, if
  -- bytes are counted, how many the ring was given, and how many of them at least are gone.
  local function room_of(text)
    local was_capacity, was_ttl, was_bytes, given, gone = match(text or '', '^(%d+) (%d+) (%d+) ?(%d*) ?(%d*)$')
    if not was_bytes or #text > 80 or #given > 15 then
      return nil, 0, 0
    end
    return tonumber(was_capacity), tonumber(was_ttl), tonumber(was_bytes), tonumber(given), tonumber(gone)
  end

  local function base_of(meta)
    return tonumber(call('HGET', meta, 'base') or 0) or 0
  end

  -- The offset of a stream entry, and the bytes that the ring was given before it, if they were counted.
  local function place_of(announcement)
    local offset, bytes_and_one = match(announcement[1], '^(%d+)-(%d+)$')
    return tonumber(offset), bytes_and_one ~= '0' and tonumber(bytes_and_one) - 1 or nil
  end

  -- The base when the capacity changes: what the old capacity evicted stays evicted. An earlier version stored no
  -- capacity.
  local function base_after(ring, meta, was_capacity, head)
    local base = base_of(meta)
    if was_capacity then
      return max(base, head - was_capacity)
    end
    local oldest = call('XRANGE', ring, '-', '+', 'COUNT', 1)[1]
    return oldest and max(base, min(head, place_of(oldest) - 1)) or head
  end

  -- The announcements from one that was not counted up to the next that was, each as its offset and bytes; the sum of
  -- their bytes; and the place of that next one.
  local function uncounted(ring, at)
    local found, sum = {}, 0
    while true do
      local some = call('XRANGE', ring, at, '+', 'COUNT', 16)
      for i = 1, #some do
        local offset, before = place_of(some[i])
        if before then
          return found, sum, offset, before
        end
        local text = some[i][2][2]
        local size = #text - (find(text, '\n', 1, true) or 0)
        found[#found + 1] = {offset, size}
        sum = sum + size
      end
      if #some < 16 then
        return found, sum
      end
      at = '(' .. some[#some][1]
    end
  end

  -- The announcement that has the oldest entry kept, or the first one when that is gone; nil when there is none.
  local function oldest_of(ring, base, head)
    local oldest = format('%d', max(base, head - capacity) + 1)
    return call('XREVRANGE', ring, oldest, '-', 'COUNT', 1)[1] or call('XRANGE', ring, '-', '+', 'COUNT', 1)[1]
  end

  -- When the entries have too many bytes, the oldest are evicted until a sixteenth of the limit is free, so that it is
  -- not done with each append; in whole announcements, and never the last one. Returns the base, and how many bytes are
  -- gone.
  local function make_room(ring, base, head, given, last, before_last)
    local oldest, left = oldest_of(ring, base, head), bytes - bytes / 16
    local low, gone = place_of(oldest)
    if not gone then
      local some, sum, next_offset, next_before = uncounted(ring, oldest[1])
      gone = next_before - sum
      if given - gone > bytes then
        for i = 1, #some do
          if given - gone <= left then
            call('XTRIM', ring, 'MINID', '~', format('%d', some[i][1]))
            return some[i][1] - 1, gone
          end
          gone = gone + some[i][2]
        end
        low = next_offset
      end
    end
    if given - gone <= bytes then
      return base, gone
    end
    local high = last
    gone = before_last
    while low < high do
      local middle = math.floor((low + high) / 2)
      local offset, before = place_of(call('XRANGE', ring, format('%d', middle), '+', 'COUNT', 1)[1])
      if before and given - before <= left then
        last, gone, high = offset, before, middle
      else
        low = offset + 1
      end
    end
    call('XTRIM', ring, 'MINID', '~', format('%d', last))
    return max(base, last - 1), gone
  end

  return {room_of = room_of, base_of = base_of, base_after = base_after, uncounted = uncounted, oldest_of = oldest_of,
    make_room = make_room}
end

local function header_of(epoch, first)
  return 'S ' .. epoch .. ' ' .. format('%d', first) .. '\n'
end

local function begins_with(text, start)
  return sub(text, 1, #start) == start
end

local function without_header(announcement)
  return sub(announcement, find(announcement, '\n', 1, true) + 1)
end

-- The announcements ARGV[from .. to], made again if the broker did not know where the ring is.
local function numbered(from, to, epoch, first)
  local announcements = {}
  local right = begins_with(ARGV[from], header_of(epoch, first))
  for i = from, to do
    if right then
      announcements[#announcements + 1] = ARGV[i]
    else
      local entries = without_header(ARGV[i])
      announcements[#announcements + 1] = header_of(epoch, first) .. entries
      local _, count = string.gsub(entries, '\n', '\n')
      first = first + count
    end
  end
  return announcements
end

-- Compares numbers as text, because they are not exact in Lua above 2^53: the longer one is the greater.
local function is_above(number, last)
  return #number > #last or (#number == #last and number > last)
end

-- Iterates over the numbers. A range has numbers that Lua can count exactly.
local function numbers(seqs)
  local number = tonumber(match(seqs, '^(%d+)-'))
  if not number then
    return string.gmatch(seqs, '%d+')
  end
  return function()
    number = number + 1
    return format('%d', number - 1)
  end
end

-- The batch without entries up to the producer's last number; also their count, and the last number from now on.
local function new_ones(from, to, epoch, first, seqs, last)
  local announcements, stored = {}, 0
  local next_seq = numbers(seqs)
  for i = from, to do
    local parts = {header_of(epoch, first + stored)}
    for entry in string.gmatch(without_header(ARGV[i]), '[^\n]*\n') do
      local seq = next_seq()
      if is_above(seq, last) then
        last = seq
        parts[#parts + 1] = entry
      end
    end
    if #parts > 1 then
      announcements[#announcements + 1] = table.concat(parts)
      stored = stored + #parts - 1
    end
  end
  return announcements, stored, last
end

local function answer(epoch, head, stored, dropped)
  return epoch .. ' ' .. head .. ' ' .. stored .. ' ' .. dropped
end

local function are_sound(epoch, head)
  return find(epoch, '^[a-z0-9]+$') and #epoch <= 32 and head and #head <= 15 and find(head, '^%d+$')
end

local function is_error(reply)
  return type(reply) == 'table' and reply.err
end

local function append(ring, meta, at)
  local live, writer, producer = ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
  local count, from, to = tonumber(ARGV[at + 6]), at + 8, at + 7 + tonumber(ARGV[at + 7])
  local writer_field, producer_field = 'w:' .. writer, 'p:' .. producer
  local kept
  if producer == '' then
    kept = call('HMGET', meta, 'epoch', 'head', 'master', 'touched', 'room', writer_field)
  else
    kept = call('HMGET', meta, 'epoch', 'head', 'master', 'touched', 'room', writer_field, producer_field)
  end
  if kept[1] and not are_sound(kept[1], kept[2]) then
    error('WRONGTYPE the numbers of this ring are none', 0)
  end
  local epoch, head = kept[1], tonumber(kept[2] or 0)
  local change = {'head', 0}

  local function set(field, value)
    change[#change + 1] = field
    change[#change + 1] = value
  end

  if not epoch then
    -- A ring without its numbers is of no use.
    call('DEL', ring)
    epoch = new_epoch
    set('epoch', epoch)
    set('master', master)
    set('cleared', 0)
  elseif kept[3] ~= master then
    -- The epoch began under another mastership: there was a restart, a promotion or a moved slot since. Acknowledged
    -- entries may be missing here, and in the same epoch their offsets would be given to others. No broker can know
    -- that none is missing, because the last append that survived may have been its own, so a new epoch always forks
    -- off where the data ends.
    set('lineage', lineage(meta, head))
    set('parent', epoch)
    set('fork', format('%d', head))
    epoch = new_epoch
    set('epoch', epoch)
    set('master', master)
  end

  -- A writer has one append in flight, so it can repeat the last one only.
  if writer ~= '' and kept[6] then
    local seq, then_head, then_dropped = match(kept[6], '^(%d+) (%d+) (%d+)$')
    if seq and tonumber(seq) >= tonumber(ARGV[at + 3]) then
      if #change > 2 then
        change[2] = format('%d', head)
        call('HSET', meta, unpack(change))
      end
      return answer(epoch, then_head, count - then_dropped, then_dropped)
    end
  end

  local announcements, stored = nil, count
  if producer == '' then
    announcements = numbered(from, to, epoch, head + 1)
  else
    local last = kept[7] and match(kept[7], '^%d+') or ''
    local lowest, highest = match(ARGV[at + 5], '^(%d+)-(%d+)$')
    if lowest and is_above(lowest, last) then
      announcements = numbered(from, to, epoch, head + 1)
      last = highest
    else
      announcements, stored, last = new_ones(from, to, epoch, head + 1, ARGV[at + 5], last)
    end
    set(producer_field, last .. ' ' .. format('%d', head + stored))
  end

  local first = head + 1
  head = head + stored
  local head_text, dropped = format('%d', head), format('%d', count - stored)
  change[2] = head_text
  if writer ~= '' then
    set(writer_field, ARGV[at + 3] .. ' ' .. head_text .. ' ' .. dropped)
  end

  local was_capacity, was_ttl, was_bytes, given, gone, base = capacity, ttl, bytes, nil, nil, nil
  local rooms
  if kept[5] ~= same_room then
    rooms = room_functions()
    was_capacity, was_ttl, was_bytes, given, gone = rooms.room_of(kept[5])
    if kept[1] and was_capacity ~= capacity then
      base = rooms.base_after(ring, meta, was_capacity, first - 1)
    end
  end
  -- Bytes are counted from the first announcement on that has more than its share: without one they cannot become too
  -- many. Counting costs a tenth of a short append.
  local share = #announcements == 1 and bytes / capacity * stored or bytes / capacity
  local is_counted = given or (was_capacity and was_bytes / was_capacity > bytes / capacity)
  for i = 1, #announcements do
    is_counted = is_counted or #announcements[i] > share
  end
  if is_counted and not given then
    rooms = rooms or room_functions()
    local oldest, _ = rooms.oldest_of(ring, base or rooms.base_of(meta), first - 1)
    given, gone = 0, 0
    if oldest then
      _, given = rooms.uncounted(ring, oldest[1])
    end
  end

  local is_new, offset, before = false, nil, nil
  for i = 1, #announcements do
    local announcement = announcements[i]
    offset, before = i == 1 and format('%d', first) or match(announcement, '^S %S+ (%d+)'), given
    local id = given and offset .. '-' .. format('%d', given + 1) or offset
    -- Cut by whole nodes of the stream only, because cutting one costs as much as a short append.
    if not call('XADD', ring, 'NOMKSTREAM', 'MINID', '~', evicted(head), id, 'a', announcement) then
      call('XADD', ring, id, 'a', announcement)
      base, gone, is_new = first - 1, given, true
    end
    if given then
      given = given + #announcement - #epoch - #offset - 4
    end
  end
  if offset and given and given - gone > bytes then
    base, gone = rooms.make_room(ring, base or rooms.base_of(meta), head, given, tonumber(offset), before)
  end
  if base then
    set('base', format('%d', base))
  end

  -- The expiry is put off twenty times in a time to live and not with every append. The distance counts in both
  -- directions, so that a broker whose clock is ahead does not keep the others from it. A longer time to live than the
  -- keys have is set at once, or they would expire before the next renewal. A shorter one is set once a second at most,
  -- so that brokers with different settings, which exist while they are restarted one by one, do not undo each other's
  -- with each append.
  local since = math.abs(now - (tonumber(kept[4] or 0) or 0))
  local expire = is_new or since > ttl / 20 or ttl > was_ttl or (ttl < was_ttl and since >= 1000)
  if expire then
    set('touched', ARGV[3])
  end
  local room = (expire or was_ttl == ttl) and same_room or format('%d %d %d', capacity, was_ttl, bytes)
  if given then
    room = room .. format(' %d %d', given, gone)
  end
  if room ~= kept[5] then
    set('room', room)
  end
  call('HSET', meta, unpack(change))
  -- From here on the entries are stored, and an error would report to their sender that they are not.
  local all_done = true
  if expire then
    all_done = not is_error(redis.pcall('PEXPIRE', meta, ttl)) and not is_error(redis.pcall('PEXPIRE', ring, ttl))
  end
  local new_sender = (writer ~= '' and not kept[6]) or (producer ~= '' and not kept[7])
  if new_sender then
    all_done = pcall(forget_senders, meta) and all_done
  end
  for i = 1, #announcements do
    all_done = not is_error(redis.pcall('SPUBLISH', live, announcements[i])) and all_done
  end
  local result = answer(epoch, head_text, stored, dropped)
  return all_done and result or result .. ' P'
end

-- Some servers return in a table what a command refuses. A node whose slot moves away makes no new key: it has to be
-- made where the slot moves to.
local function text_of(failure)
  local text = type(failure) == 'table' and failure.err or tostring(failure)
  return find(text, 'non local key', 1, true) and 'TRYAGAIN ' .. text or text
end

-- Whether a command found what no append can have left there. Only the first command that would change anything can
-- find it.
local function is_damage(text)
  return find(text, 'WRONGTYPE', 1, true) or find(text, 'equal or smaller than the target', 1, true)
end

-- After the head there may be entries of an append that failed after it had added something. Returns whether the ring
-- can go on without them.
local function remove_above(ring, head)
  local some
  repeat
    some = redis.pcall('XRANGE', ring, format('%d', head + 1), '+', 'COUNT', 64)
    if some.err then
      return false
    end
    for i = 1, #some do
      call('XDEL', ring, some[i][1])
    end
  until #some < 64
  local last = call('XREVRANGE', ring, '+', '-', 'COUNT', 1)[1]
  if last then
    local _, lines = string.gsub(last[2][2], '\n', '\n')
    if tonumber(match(last[1], '^%d+')) + lines - 2 > head then -- its first line is not an entry
      return false -- something else has lowered the head
    end
  end
  return not redis.pcall('XSETID', ring, last and last[1] or '0-0').err
end

-- A ring that cannot be appended to would refuse its device for ever. Returns whether something else was there.
local function remove_damaged(ring, meta)
  local kept = redis.pcall('HMGET', meta, 'epoch', 'head')
  local sound = not kept.err and kept[1] and are_sound(kept[1], kept[2])
  if sound and remove_above(ring, tonumber(kept[2])) then
    return false
  end
  if kept.err or (kept[1] and not sound) then
    call('DEL', meta)
  end
  call('DEL', ring)
  return true
end

local answers, at = {}, 6
for i = 1, #KEYS / 2 do
  local ring, meta = KEYS[2 * i - 1], KEYS[2 * i]
  local done, result = pcall(append, ring, meta, at)
  if not done and is_damage(text_of(result)) then
    local removed = remove_damaged(ring, meta)
    done, result = pcall(append, ring, meta, at)
    result = done and removed and result .. ' R' or result
  end
  if not done then
    -- The error of a refused command begins with its code.
    local text = text_of(result)
    result = 'E ' .. string.gsub(find(text, '^%u+ ') and text or 'ERR ' .. text, '\n', ' ')
  end
  answers[i] = result
  at = at + 7 + tonumber(ARGV[at + 7])
end
return table.concat(answers, '\n')
