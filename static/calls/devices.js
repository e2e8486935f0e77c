// Another microphone or camera than the browser's own choice, where people may choose: in the console, as a guest.

/**
 * Throws Unusable, and the old one stays. @param {import("./local.js").Local} local
 * @param {"microphone" | "camera"} device @param {string} id
 */
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
