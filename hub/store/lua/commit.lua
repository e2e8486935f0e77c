-- One commit, all or nothing: log + feed + what is to be reacted to + state + index + due-times + outbox + idempotency.
--
-- KEYS[1]  the conversation's hash: seq epoch tenure snap place, and r:<ref> -> seq for every command done
--          In a cluster the other keys that are always written, too: see below.
-- ARGV     1 shard prefix      2 conversation      3 expected seq   4 epoch
--          5 tenure decided on 6 tenure afterwards
--          7 number of commands, then {ref, seq} each; seq 0 = nothing is to be done, only asked about
--            number of events,   then {audience, frame, '1' = a reaction looks at it} each
--          and, unless there is nothing of the kind:
--            snapshot or '', place or '-' (unchanged), score of the place
--            number of dues,     then {kind, at or 0} each
--            number of jobs,     then {id, lane, job} each
-- Returns the new seq; or {'conflict', seq, epoch}; or {'stale', tenure}; or {'dup', ref, seq, ...}.
-- Without events nothing is written: the answer says whether the caller knows the newest state.
local meta, prefix, conversation = KEYS[1], ARGV[1], ARGV[2]
local at = 7
local count = tonumber(ARGV[at])
local fields = { 'seq', 'epoch', 'tenure', 'place' }
for i = 1, count do fields[4 + i] = 'r:' .. ARGV[at + i * 2 - 1] end
local have = redis.call('HMGET', meta, unpack(fields))

local dups
for i = 1, count do
  if have[4 + i] then
    dups = dups or { 'dup' }
    dups[#dups + 1] = ARGV[at + i * 2 - 1]
    dups[#dups + 1] = tonumber(have[4 + i])
  end
end
if dups then
  -- A write, however small: a durability check that follows then covers the first answer too.
  redis.call('HINCRBY', meta, 'dups', 1)
  return dups
end

local seq = tonumber(have[1] or 0)
if seq ~= tonumber(ARGV[3]) or (have[2] and have[2] ~= ARGV[4]) then
  return { 'conflict', seq, have[2] or '' }
end
if have[3] and have[3] ~= ARGV[5] then return { 'stale', tonumber(have[3]) } end
if ARGV[at + count * 2 + 1] == '0' then return seq end

-- A slot that is being moved key by key: what is not here (any more) is refused now, before the first write.
if #KEYS > 1 and have[4] and have[4] ~= '' then redis.call('EXISTS', prefix .. 'place:' .. have[4]) end

local set = { 'seq', 0 }
if have[3] ~= ARGV[6] then
  set[#set + 1] = 'tenure'
  set[#set + 1] = ARGV[6]
end
if not have[2] then
  set[#set + 1] = 'epoch'
  set[#set + 1] = ARGV[4]
end
for i = 1, count do
  if ARGV[at + i * 2] ~= '0' then
    set[#set + 1] = fields[4 + i]
    set[#set + 1] = ARGV[at + i * 2]
  end
end
at = at + count * 2 + 1

local log, feed, todo = prefix .. 'log:' .. conversation, prefix .. 'feed', prefix .. 'todo'
count = tonumber(ARGV[at])
for i = at + 1, at + count * 3, 3 do
  seq = seq + 1
  local audience, frame = ARGV[i], ARGV[i + 1]
  -- One field: half of what a reader must take apart (hub/store/feeds.py).
  local head = audience .. seq .. ':' .. conversation
  redis.call('XADD', log, seq .. '-0', 'a', audience, 'e', frame)
  redis.call('XADD', feed, '*', head, frame)
  if ARGV[i + 2] == '1' then redis.call('XADD', todo, '*', head, frame) end
end
set[2] = seq
at = at + count * 3 + 1
if not ARGV[at] then
  redis.call('HSET', meta, unpack(set))
  return seq
end

local snapshot, place = ARGV[at], ARGV[at + 1]
if snapshot ~= '' then
  set[#set + 1] = 'snap'
  set[#set + 1] = snapshot
end
if place ~= '-' then
  set[#set + 1] = 'place'
  set[#set + 1] = place
  if have[4] and have[4] ~= '' then redis.call('ZREM', prefix .. 'place:' .. have[4], conversation) end
  if place ~= '' then redis.call('ZADD', prefix .. 'place:' .. place, ARGV[at + 2], conversation) end
  -- Nobody looks further back than that in a list.
  if place == 'resolved' then redis.call('ZREMRANGEBYRANK', prefix .. 'place:resolved', 1000, -1) end
end
redis.call('HSET', meta, unpack(set))
at = at + 3

for i = 1, tonumber(ARGV[at]) do
  local kind = ARGV[at + i * 2 - 1]
  local key, member = prefix .. (kind == 'archive' and 'leaving' or 'due'), kind .. ':' .. conversation
  if ARGV[at + i * 2] == '0' then
    redis.call('ZREM', key, member)
  else
    redis.call('ZADD', key, ARGV[at + i * 2], member)
  end
end
at = at + tonumber(ARGV[at]) * 2 + 1

local now = ARGV[at] ~= '0' and redis.call('TIME')
for i = 1, tonumber(ARGV[at]) do
  local id, lane, job = ARGV[at + i * 3 - 2], ARGV[at + i * 3 - 1], ARGV[at + i * 3]
  redis.call('HSET', prefix .. 'job:' .. id, 'job', job, 'tries', 0, 'since', now[1] .. '000')
  redis.call('RPUSH', prefix .. 'lane:' .. lane, id)
  -- NX: a lane that is waiting for its turn or its back-off keeps its time.
  redis.call('ZADD', prefix .. 'outbox', 'NX', 0, lane)
end
return seq
