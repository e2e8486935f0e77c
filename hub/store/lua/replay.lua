-- Queue a dead job again, with all its tries. KEYS[1] the outbox. ARGV: 1 shard prefix, 2 job id.
-- Returns 1, or 0 when there is no such dead job.
local prefix, id = ARGV[1], ARGV[2]
if redis.call('LREM', prefix .. 'dead', 1, id) == 0 then return 0 end
local lane = redis.call('HGET', prefix .. 'job:' .. id, 'lane')
redis.call('HSET', prefix .. 'job:' .. id, 'tries', 0)
redis.call('HINCRBY', prefix .. 'job:' .. id, 'round', 1)
redis.call('RPUSH', prefix .. 'lane:' .. lane, id)
redis.call('ZADD', KEYS[1], 'NX', 0, lane)
return 1
