// A name in a right-to-left script within a sentence of ours: kept apart (FSI ... PDI, Unicode TR 9), or it turns the line.

/** Hebrew, Arabic and their neighbours. @param {any} value */
export const isolated = (value) => (/[\u0590-\u08ff]/.test(value) ? `\u2068${value}\u2069` : String(value));
