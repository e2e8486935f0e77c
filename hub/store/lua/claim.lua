-- Take the head job of up to ARGV[3] lanes that are due. KEYS[1] the outbox. ARGV: 1 shard prefix, 2 now (ms), 3 how
-- many, 4 lease (ms). A claimed lane is due again when the lease ends, so a killed worker's jobs come back.
-- Returns {lane, id, job, tries, round, decided, ...}; round = how often it was replayed.
local prefix, now = ARGV[1], tonumber(ARGV[2])
local lanes = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, tonumber(ARGV[3]))
local taken = {}
for _, lane in ipairs(lanes) do
  local queue = prefix .. 'lane:' .. lane
  local id = redis.call('LINDEX', queue, 0)
  local job = id and redis.call('HGET', prefix .. 'job:' .. id, 'job')
  while id and not job do -- done already, and queued twice
    redis.call('LPOP', queue)
    id = redis.call('LINDEX', queue, 0)
    job = id and redis.call('HGET', prefix .. 'job:' .. id, 'job')
  end
  if not id then
    redis.call('ZREM', KEYS[1], lane)
  else
    redis.call('ZADD', KEYS[1], now + tonumber(ARGV[4]), lane)
    local tries = redis.call('HINCRBY', prefix .. 'job:' .. id, 'tries', 1)
    local more = redis.call('HMGET', prefix .. 'job:' .. id, 'round', 'decided')
    for _, part in ipairs({ lane, id, job, tries, tonumber(more[1] or 0), more[2] or '' }) do
      taken[#taken + 1] = part
    end
  end
end
return taken
