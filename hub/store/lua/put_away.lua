-- Forget a conversation that the archive has. KEYS[1] its hash. ARGV: 1 shard prefix, 2 conversation, 3 the seq it was
-- put away with, then every kind of deadline. Returns 1, or 0 when something happened in it since, or somebody has it:
-- then it stays.
local prefix, conversation = ARGV[1], ARGV[2]
local have = redis.call('HMGET', KEYS[1], 'seq', 'place')
local place = have[2] or ''
if have[1] ~= ARGV[3] or (place ~= '' and place ~= 'resolved') then return 0 end
redis.call('ZREM', prefix .. 'place:resolved', conversation)
redis.call('DEL', KEYS[1], prefix .. 'log:' .. conversation)
for i = 4, #ARGV do redis.call('ZREM', prefix .. 'due', ARGV[i] .. ':' .. conversation) end
redis.call('ZREM', prefix .. 'leaving', 'archive:' .. conversation)
return 1
