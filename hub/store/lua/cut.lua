-- One shard at one moment, as far as its logs don't tell it: where its reactions are, its outbox, its indexes, and the
-- heads of conversations that changed a moment ago. KEYS[1] its feed. ARGV: 1 shard prefix, 2 a position in the feed,
-- then the names of places.
-- Returns {{todo id, its field, ...}, reacted, {conversation, {head}, ...}, {lane, {job id, ...}, ...}, {dead job id, ...},
-- {job id, {field, value, ...}, ...}, {place, {conversation, score, ...}, ...}, {due member, score, ...}}.
local p = ARGV[1]
local reacted, todo = redis.call('GET', p .. 'reacted') or '0-0', {}
for _, entry in ipairs(redis.call('XRANGE', p .. 'todo', '(' .. reacted, '+')) do
  todo[#todo + 1] = entry[1]
  todo[#todo + 1] = entry[2][1]
end
local heads, known = {}, {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+')) do
  local id = string.match(entry[2][1], ':(.*)$')
  if not known[id] then
    known[id] = true
    heads[#heads + 1] = id
    heads[#heads + 1] = redis.call('HMGET', p .. 'c:' .. id, 'seq', 'epoch', 'tenure', 'place', 'snap')
  end
end
local lanes, jobs = {}, {}
local function note(id)
  jobs[#jobs + 1] = id
  jobs[#jobs + 1] = redis.call('HGETALL', p .. 'job:' .. id)
end
for _, lane in ipairs(redis.call('ZRANGE', p .. 'outbox', 0, -1)) do
  local ids = redis.call('LRANGE', p .. 'lane:' .. lane, 0, -1)
  lanes[#lanes + 1] = lane
  lanes[#lanes + 1] = ids
  for _, id in ipairs(ids) do note(id) end
end
local dead = redis.call('LRANGE', p .. 'dead', 0, -1)
for _, id in ipairs(dead) do note(id) end
local places = {}
for i = 3, #ARGV do
  places[#places + 1] = ARGV[i]
  places[#places + 1] = redis.call('ZRANGE', p .. 'place:' .. ARGV[i], 0, -1, 'WITHSCORES')
end
return {
  todo, reacted, heads, lanes, dead, jobs, places,
  redis.call('ZRANGE', p .. 'due', 0, -1, 'WITHSCORES'),
}
