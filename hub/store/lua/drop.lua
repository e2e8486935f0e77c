-- Forget a dead job for good. KEYS[1] the outbox. ARGV: 1 shard prefix, 2 job id.
-- Returns 1, or 0 when there is no such dead job.
local prefix, id = ARGV[1], ARGV[2]
if redis.call('LREM', prefix .. 'dead', 1, id) == 0 then return 0 end
redis.call('DEL', prefix .. 'job:' .. id)
return 1
