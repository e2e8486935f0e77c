// A peer for tests: the Node `ws` package talks to our socket, and prints what it saw as one line of JSON.
//   node ws_client.mjs MODULE URL SUBPROTOCOL
import { createRequire } from 'node:module'

const [module, url, subprotocol] = process.argv.slice(2)
const WebSocket = createRequire(import.meta.url)(module)
const story = ['hello', '汉字 😀', 'x'.repeat(65_536), ...Array.from({ length: 500 }, (_, n) => `message ${n}`)]
const seen = { echoed: 0, wrong: 0, pongs: 0 }

const socket = new WebSocket(url, subprotocol)   // offers permessage-deflate, as browsers do
socket.on('open', () => {
  seen.subprotocol = socket.protocol
  seen.extensions = socket.extensions
  socket.ping('are you there')
  for (const text of story) socket.send(text)
  socket.send('frag', { fin: false })
  socket.send('ments', { fin: true })
})
socket.on('pong', payload => { seen.pongs += payload.toString() === 'are you there' ? 1 : 0 })
socket.on('message', (message, binary) => {
  const expected = seen.echoed < story.length ? story[seen.echoed] : 'fragments'
  if (binary || message.toString() !== expected) seen.wrong += 1
  seen.echoed += 1
  if (seen.echoed === story.length + 1) socket.send('close 4200 draining')
})
socket.on('error', error => { seen.error = error.message })
socket.on('close', (code, reason) => console.log(JSON.stringify({ ...seen, code, reason: reason.toString() })))
