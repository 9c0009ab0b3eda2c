-- Stores a batch of each of some devices, each in one step: drop what is stored already, number the rest, keep the newest,
-- announce. What fails for one device fails for it alone.
--
-- KEYS  of each device  1 ring (stream of announcements, each under its first offset)   2 meta (hash)
-- ARGV  1 run id of this server    2 capacity      3 time to live, ms    4 now, ms      5 epoch to take if a new one begins
--       6 entries of one announcement at most
--       then of each device
--       1 live (sharded channel)
--       2 writer or empty          3 its number of this append
--       4 producer or empty        5 its numbers of the entries, separated by spaces, or lowest-highest if they follow each other
--       6 entries in all           7 announcements, which follow, as they will be if the ring is where the broker last knew
--         it to be: S, epoch and first offset (empty and 0 when it knows none) on a line, then entries, each followed by
--         a newline
-- Lua hashes each byte of each string that it makes, which is most of what an append costs, so an announcement that was
-- right is published, and kept, as it came.
-- A channel is no key: it never exists, and a node that takes a slot over refuses calls of which a key is missing.
-- KEYS[2] may come as the first of ARGV: see Call.
-- Returns of each device on a line epoch, head, entries stored, entries dropped as stored before, and R when something
-- there was no ring and was removed for it; or E and an error.

local find, sub, format, match, call = string.find, string.sub, string.format, string.match, redis.call

if #KEYS == 1 then
  KEYS[2] = table.remove(ARGV, 1)
end

local run, capacity, ttl, now, new_epoch = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local announced = tonumber(ARGV[6])

-- A writer repeats its last append only, and soon, so 64 are remembered. A producer may come back for as long as the ring lives,
-- so 1024 are, and writers never take their places. Looked through again when an eighth has come to those left, because it
-- takes as long as many appends.
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
  -- Those that appended longest ago.
  for senders, most in pairs({[writers] = 64, [producers] = 1024}) do
    table.sort(senders, function(a, b) return a[2] < b[2] end)
    for i = 1, #senders - most do
      call('HDEL', meta, senders[i][1])
    end
  end
  call('HSET', meta, 'swept', call('HLEN', meta))
end

-- Announcements that begin before it hold only what no reader may see.
local function evicted(head)
  return format('%d', math.max(0, head - capacity - announced + 2))
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

-- The announcements ARGV[from .. to], made anew if the broker did not know where the ring is.
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

-- Compares numbers as text, for above 2^53 they are not exact in Lua: the longer one is the greater.
local function is_above(number, last)
  return #number > #last or (#number == #last and number > last)
end

-- One number after the other. A range is of numbers that Lua can count exactly.
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

-- The same without entries up to the producer's last number; also how many they are, and the last number from now on.
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

-- The expiry is put off twenty times in a time to live and not with every append. The distance counts in both directions, so
-- that a broker whose clock is ahead does not keep the others from it. The time to live that the keys have is kept beside: a
-- longer one is set at once, or the keys would expire before their turn comes. A shorter one is set once a second at most, so
-- that brokers of different settings, which there are while they are restarted one by one, do not undo each other's with
-- each append.
local function is_due(touched)
  local at, set = match(touched or '', '^(%d+) (%d+)$')
  if not at or tonumber(set) < ttl then
    return true
  end
  local since = math.abs(now - at)
  return since > ttl / 20 or (tonumber(set) > ttl and since >= 1000)
end

local function answer(epoch, head, stored, dropped)
  return epoch .. ' ' .. head .. ' ' .. stored .. ' ' .. dropped
end

local function are_sound(epoch, head)
  return find(epoch, '^[a-z0-9]+$') and #epoch <= 32 and head and #head <= 15 and find(head, '^%d+$')
end

local function append(ring, meta, at)
  local live, writer, producer = ARGV[at + 1], ARGV[at + 2], ARGV[at + 4]
  local count, from, to = tonumber(ARGV[at + 6]), at + 8, at + 7 + tonumber(ARGV[at + 7])
  local writer_field, producer_field = 'w:' .. writer, 'p:' .. producer
  local kept
  if producer == '' then
    kept = call('HMGET', meta, 'epoch', 'head', 'run', 'touched', writer_field)
  else
    kept = call('HMGET', meta, 'epoch', 'head', 'run', 'touched', writer_field, producer_field)
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
    -- A ring without its numbers is worth nothing.
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
    local known_epoch, known_next = match(ARGV[from], '^S (%S*) (%d+)\n')
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
    local last = kept[6] and match(kept[6], '^%d+') or ''
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

  local is_new = false
  for i = 1, #announcements do
    local announcement = announcements[i]
    local offset = match(announcement, '^S %S+ (%d+)')
    -- Cut by whole nodes of the stream only, because to cut one costs as much as a short append.
    if not call('XADD', ring, 'NOMKSTREAM', 'MINID', '~', evicted(head), offset, 'a', announcement) then
      call('XADD', ring, offset, 'a', announcement)
      set('base', format('%d', first - 1))
      is_new = true
    end
  end

  local expire = is_new or is_due(kept[4])
  if expire then
    set('touched', ARGV[4] .. ' ' .. ARGV[3])
  end
  call('HSET', meta, unpack(change))
  if expire then
    call('PEXPIRE', meta, ttl)
    call('PEXPIRE', ring, ttl)
  end
  local new_sender = (writer ~= '' and not kept[5]) or (producer ~= '' and not kept[6])
  if new_sender then
    forget_senders(meta)
  end
  for i = 1, #announcements do
    call('SPUBLISH', live, announcements[i])
  end
  return answer(epoch, head_text, stored, dropped)
end

-- Some servers hand over in a table what a command refuses. A node whose slot moves away makes no new key: it has to be made
-- where the slot moves to.
local function text_of(failure)
  local text = type(failure) == 'table' and failure.err or tostring(failure)
  return find(text, 'non local key', 1, true) and 'TRYAGAIN ' .. text or text
end

-- Whether a command met what no append can have left there. The first that can is the first that would change anything.
local function is_damage(text)
  return find(text, 'WRONGTYPE', 1, true) or find(text, 'equal or smaller than the target', 1, true)
end

-- A ring that cannot be appended to would refuse its device for ever.
local function remove_damaged(ring, meta)
  local kept = redis.pcall('HMGET', meta, 'epoch', 'head')
  if kept.err or (kept[1] and not are_sound(kept[1], kept[2])) then
    call('DEL', meta)
  end
  call('DEL', ring)
end

local answers, at = {}, 6
for i = 1, #KEYS / 2 do
  local ring, meta = KEYS[2 * i - 1], KEYS[2 * i]
  local done, result = pcall(append, ring, meta, at)
  if not done and is_damage(text_of(result)) then
    remove_damaged(ring, meta)
    done, result = pcall(append, ring, meta, at)
    result = done and result .. ' R' or result
  end
  if not done then
    -- What a command refuses begins with its code.
    local text = text_of(result)
    result = 'E ' .. string.gsub(find(text, '^%u+ ') and text or 'ERR ' .. text, '\n', ' ')
  end
  answers[i] = result
  at = at + 7 + tonumber(ARGV[at + 7])
end
return table.concat(answers, '\n')
