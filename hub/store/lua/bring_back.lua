-- A conversation comes back from the archive: its hash, whole. Its log up to `base` stays there. KEYS[1] its hash.
-- ARGV: 1 shard prefix, 2 conversation, 3 ms until it may go again, then field, value each.
-- Returns 1, or 0 when it is here already.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZADD', ARGV[1] .. 'leaving', redis.call('TIME')[1] * 1000 + ARGV[3], 'archive:' .. ARGV[2])
return 1
