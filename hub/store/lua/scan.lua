-- One step of a SCAN, on whichever server has this shard: the same on one node, Sentinel and Cluster.
-- KEYS[1] any key of the shard. ARGV: 1 cursor, 2 pattern, 3 how many to look at. Returns {cursor, {key, ...}, server}:
-- a cursor means nothing to another server, so who goes on after a failover must notice.
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
return { found[1], found[2], server }
