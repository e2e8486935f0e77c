/** The console's composition root: the only file that knows everyone. */
import { Memory } from "../sdk/storage.js";
import { Address } from "./address.js";
import { inConsole } from "./commands.js";
import { openDesk } from "./desk.js";
import * as loads from "./loads.js";
import "./parts/console.js";
import { deskFollowsSession, openShell, speak } from "./shell.js";
import * as sound from "./sound.js";
import * as title from "./title.js";

/** @typedef {import("./shell.js").Shell} Shell what is there before anybody signed in */
/** @typedef {import("./desk.js").Desk} App what a signed-in agent works with */

async function start() {
  const shell = openShell(new Address(), new Memory("onethread.console"));
  await speak(shell);
  const page = /** @type {import("./parts/console.js").Console} */ (document.querySelector("ot-console"));
  deskFollowsSession(shell, page, (_, agent) => openDesk(shell, agent, inConsole(agent.role), [title.follow, sound.follow, loads.follow]));
  await page.restore();
}

await start();
