// An agent's end: one socket for many conversations, opened by the console's login session (a cookie).

import { browser } from "./platform.js";
import { Socket } from "./socket.js";
import { Threads } from "./threads.js";
import { ticket } from "./tickets.js";
import { ulid } from "./ulid.js";

/**
 * `socket.request(type, d) -> Promise<ack>`, `socket.on("inbox", …)`, `threads.follow(conversation)`.
 * @param {{host: string, locale?: string, platform?: import("./platform.js").Platform}} options
 */
export function connectAgent({ host, locale = "", platform = browser }) {
  const socket = new Socket({
    url: host.replace(/^http/, "ws") + "/ws",
    device: ulid(),
    ticket: async (signal) => (await ticket(host, { kind: "agent" }, signal)).ticket,
    hello: () => ({ locale }),
    platform,
  });
  const threads = new Threads(socket);
  socket.open();
  return { socket, threads };
}
