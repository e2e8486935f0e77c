-- One commit, all or nothing: log + feed + what is to be reacted to + state + index + due-times + outbox + idempotency.
--
-- KEYS  1 the conversation's hash: seq epoch tenure snap place, and r:<ref> -> seq for every command done
--       2 its log   3 feed   4 todo   5 due   6 outbox: named, for a slot that is on the way to another member is then
--       refused before anything is written
-- ARGV  1 shard prefix   2 conversation   3 epoch   4 tenure that it was decided on   5 seq that it was decided on
--       6 number of commands   7 number of events   8 number of words for the hash
--         commands: the field of each
--         events:   {seq, audience, frame, '1' = a reaction looks at it} each
--         words:    field, value of what the hash gains, commands that do something among it
--       and, unless there is nothing of the kind:
--         place or '-' (unchanged), score of the place
--         number of dues,  then {kind, at or 0} each
--         number of jobs,  then {id, lane, job} each
-- Ids and fields come as they are stored (hub/store/commit.py): a script that spells numbers does it slowly.
-- Returns the new seq; or {'conflict', seq, epoch}; or {'stale', tenure}; or {'dup', ref, seq, ...}.
-- Without events nothing is written: the answer says whether the caller knows the newest state.
local meta, prefix, conversation = KEYS[1], ARGV[1], ARGV[2]
local commands, events, words = ARGV[6] + 0, ARGV[7] + 0, ARGV[8] + 0
local have = redis.call('HMGET', meta, 'seq', 'epoch', 'tenure', 'place', unpack(ARGV, 9, 8 + commands))

local dups
for i = 1, commands do
  if have[4 + i] then
    dups = dups or { 'dup' }
    dups[#dups + 1] = string.sub(ARGV[8 + i], 3)
    dups[#dups + 1] = tonumber(have[4 + i])
  end
end
if dups then
  -- A write, however small: a durability check that follows then covers the first answer too.
  redis.call('HINCRBY', meta, 'dups', 1)
  return dups
end

if (have[1] or '0') ~= ARGV[5] or (have[2] and have[2] ~= ARGV[3]) then
  return { 'conflict', tonumber(have[1] or 0), have[2] or '' }
end
if have[3] and have[3] ~= ARGV[4] then return { 'stale', tonumber(have[3]) } end
local seq = ARGV[5] + events
if events == 0 then return seq end

local at = 9 + commands
local gains = at + events * 4
local more = gains + words
local place, moves = ARGV[more], ARGV[more] and ARGV[more] ~= '-'
-- A slot that is being moved key by key: what is not here (any more) is refused now, before the first write.
if moves and have[4] and have[4] ~= '' then redis.call('EXISTS', prefix .. 'place:' .. have[4]) end

local log, feed = KEYS[2], KEYS[3]
for i = at, gains - 1, 4 do
  local audience, frame = ARGV[i + 1], ARGV[i + 2]
  -- One field: half of what a reader must take apart (hub/store/feeds.py).
  local head = audience .. ARGV[i] .. ':' .. conversation
  redis.call('XADD', log, ARGV[i] .. '-0', 'a', audience, 'e', frame)
  redis.call('XADD', feed, '*', head, frame)
  if ARGV[i + 3] == '1' then redis.call('XADD', KEYS[4], '*', head, frame) end
end
redis.call('HSET', meta, unpack(ARGV, gains, more - 1))
if not place then return seq end

if moves then
  if have[4] and have[4] ~= '' then redis.call('ZREM', prefix .. 'place:' .. have[4], conversation) end
  if place ~= '' then redis.call('ZADD', prefix .. 'place:' .. place, ARGV[more + 1], conversation) end
  -- Nobody looks further back than that in a list.
  if place == 'resolved' then redis.call('ZREMRANGEBYRANK', prefix .. 'place:resolved', 1000, -1) end
end
at = more + 2

for i = 1, tonumber(ARGV[at]) do
  local kind = ARGV[at + i * 2 - 1]
  local key, member = kind == 'archive' and prefix .. 'leaving' or KEYS[5], kind .. ':' .. conversation
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
  redis.call('ZADD', KEYS[6], 'NX', 0, lane)
end
return seq
