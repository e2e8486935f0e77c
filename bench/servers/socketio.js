// The Socket.IO peer: socketio.js PORT VALKEY_PORT. The official Redis adapter, and an append as durable as the hub's.
'use strict';

const http = require('node:http');
const Redis = require('ioredis');
const { createAdapter } = require('@socket.io/redis-adapter');
const { Server } = require('socket.io');

const [port, valkeyPort] = process.argv.slice(2).map(Number);

// One effect per id, a seq per conversation, one log entry: what the hub's commit does, with the least that does it.
const APPEND = `
local seq = redis.call('HGET', KEYS[1], ARGV[1])
if seq then return -seq end
seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
redis.call('XADD', KEYS[2], seq .. '-0', 'id', ARGV[1], 'text', ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], seq)
return seq`;

// Commands of one event-loop turn leave in one pipeline: without it Socket.IO would look worse than it has to.
const address = { host: '127.0.0.1', port: valkeyPort, enableAutoPipelining: true };
const store = new Redis(address);
store.defineCommand('append', { numberOfKeys: 2, lua: APPEND });

const server = http.createServer((request, response) => response.end('ok'));
const io = new Server(server, {
  adapter: createAdapter(new Redis(address), new Redis(address)),
  perMessageDeflate: false,
});

io.on('connection', (socket) => {
  const { conversation } = socket.handshake.auth;
  const followers = `conversation:${conversation}`;
  socket.join(followers);
  socket.on('m', async (message, acknowledge) => {
    const seq = await store.append(`refs:${conversation}`, `log:${conversation}`, message.id, message.x);
    acknowledge({ id: message.id, s: Math.abs(seq) });
    if (seq > 0) socket.to(followers).emit('m', { ...message, s: seq });
  });
});

server.listen(port, '127.0.0.1');
