// The sheet of a part that is loaded later comes with that part.

/** @param {string} href */
export const wear = (href) => document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
