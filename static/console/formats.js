/** The browser's formatters, each made once: to make one takes as long as to write some hundred times with it. */

/** @type {Map<string, any>} */
const made = new Map();

/**
 * `new Kind(language, how)`, or the one that there is. Raises RangeError like it.
 * @template T @param {new (language: string, how: any) => T} Kind of Intl @param {string} language @param {object} how @returns {T}
 */
export function formatter(Kind, language, how) {
  // With the zone: it is the one in which it was made that it writes, and who reads may travel.
  const name = `${Kind.name} ${language} ${new Date().getTimezoneOffset()} ${JSON.stringify(how)}`;
  if (!made.has(name)) made.set(name, new Kind(language, how));
  return made.get(name);
}
