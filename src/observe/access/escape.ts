/**
 * Text of clients in a log: whatever it is, it stays in its place and on its line, and no terminal takes it for an
 * order. What comes in is latin1, one character for each byte; what goes out is printable ASCII.
 */

const UNSAFE_IN_QUOTES = /[^ !#-[\]-~]/g;
const SAFE = /^[ !#-[\]-~]*$/;
const NOT_ASCII = /[^ -~]/g;

/** In double quotes; quotes, backslashes and what is not printable are `\xHH`, as nginx has it. `"-"` for nothing. */
export function quoted(latin1: string): string {
  return latin1 === "" ? '"-"' : `"${latin1.replace(UNSAFE_IN_QUOTES, hexadecimal)}"`;
}

/** A JSON string. Bytes are read as UTF-8; those that are none become U+FFFD. */
export function jsonString(latin1: string): string {
  if (SAFE.test(latin1)) return `"${latin1}"`;
  const text = Buffer.from(latin1, "latin1").toString("utf8");
  return JSON.stringify(text).replace(NOT_ASCII, unicode);
}

function hexadecimal(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function unicode(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
