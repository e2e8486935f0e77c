// The SDK's front door. Customers: `new Customer({host, site})`. Agents: a Socket with Threads (see agent.js).

export { Customer } from "./customer.js";
export { Failure } from "./failure.js";
export { Memory } from "./storage.js";
export { Outbox } from "./outbox.js";
export { Socket } from "./socket.js";
export { Thread } from "./thread.js";
export { Threads } from "./threads.js";
export { ticket } from "./tickets.js";
export { ulid } from "./ulid.js";
