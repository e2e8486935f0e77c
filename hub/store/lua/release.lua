-- Unbind an identity, unless it is somebody else's by now. KEYS[1] the identity. ARGV: 1 the conversation.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
