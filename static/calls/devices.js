// Another microphone or camera than the browser's own choice. Loaded where somebody chooses.

/** @typedef {import("./local.js").Local} Local */

/** Those that can be chosen; with names only once one of them is in use. @param {Local} local @returns {Promise<MediaDeviceInfo[]>} */
export async function named({ devices }) {
  return ((await devices?.enumerateDevices()) ?? []).filter((it) => it.deviceId);
}

/** Throws Unusable, and the old one stays. @param {Local} local @param {"microphone" | "camera"} device @param {string} id */
export async function use(local, device, id) {
  const before = local.chosen[device];
  local.chosen[device] = id;
  try {
    if (local[device]) await local.take(device);
  } catch (why) {
    local.chosen[device] = before;
    throw why;
  }
}

/** The camera on the other side of a phone; on a computer, the next one. Throws Unusable. @param {Local} local */
export async function turn(local) {
  const cameras = (await named(local)).filter((it) => it.kind === "videoinput");
  const now = local.camera?.getSettings() ?? {};
  if (now.facingMode) {
    local.facing = now.facingMode === "user" ? "environment" : "user";
    delete local.chosen.camera;
  } else {
    const at = cameras.findIndex((it) => it.deviceId === now.deviceId);
    local.chosen.camera = cameras[(at + 1) % cameras.length]?.deviceId;
  }
  // Many phones open one camera at a time.
  await local.film(false);
  await local.film(true);
}
