-- How one shard stands. KEYS[1] what it has to be reacted to. ARGV: 1 shard prefix, 2 how many lanes of the outbox to look into.
-- Returns {queued, head of the queue waits since (ms), with the bot, jobs, oldest since (ms), dead, first entry
-- that was not reacted to ('' = none)}; 0 = not known, or there is none.
local p = ARGV[1]
local head = redis.call('ZRANGE', p .. 'place:queue', 0, 0, 'WITHSCORES')
local jobs, oldest = 0, 0
for _, lane in ipairs(redis.call('ZRANGE', p .. 'outbox', 0, tonumber(ARGV[2]) - 1)) do
  local queue = p .. 'lane:' .. lane
  jobs = jobs + redis.call('LLEN', queue)
  local id = redis.call('LINDEX', queue, 0)
  local since = tonumber(id and redis.call('HGET', p .. 'job:' .. id, 'since') or 0) or 0
  if since > 0 and (oldest == 0 or since < oldest) then oldest = since end
end
local behind = redis.call('XRANGE', KEYS[1], '(' .. (redis.call('GET', p .. 'reacted') or '0-0'), '+', 'COUNT', 1)
return {
  redis.call('ZCARD', p .. 'place:queue'), math.floor(tonumber(head[2] or 0)), redis.call('ZCARD', p .. 'place:bot'),
  jobs, oldest, redis.call('LLEN', p .. 'dead'), behind[1] and behind[1][1] or '',
}
