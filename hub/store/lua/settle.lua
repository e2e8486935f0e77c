-- Say how a claimed job went. KEYS[1] the outbox. ARGV: 1 shard prefix, 2 lane, 3 job id, 4 'done' | 'retry' | 'dead',
-- 5 when the lane goes on (ms), 6 why, 7 now (ms). A late word about a job that is no longer the head changes nothing.
-- Returns 1, or 0 when it was late.
local prefix, lane, id = ARGV[1], ARGV[2], ARGV[3]
local queue, job = prefix .. 'lane:' .. lane, prefix .. 'job:' .. id
if redis.call('LINDEX', queue, 0) ~= id then return 0 end
if ARGV[4] == 'retry' then
  redis.call('HSET', job, 'why', ARGV[6])
  redis.call('ZADD', KEYS[1], ARGV[5], lane)
  return 1
end
redis.call('LPOP', queue)
if ARGV[4] == 'dead' then
  redis.call('HSET', job, 'why', ARGV[6], 'lane', lane, 'at', ARGV[7])
  redis.call('RPUSH', prefix .. 'dead', id)
else
  redis.call('DEL', job)
end
if redis.call('LLEN', queue) > 0 then
  redis.call('ZADD', KEYS[1], ARGV[5], lane)
else
  redis.call('ZREM', KEYS[1], lane)
end
return 1
