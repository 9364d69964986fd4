const LINE = /^([A-Za-z0-9_]+)=(.*)$/s;

/**
 * What a `.env` file says, as foreman reads it: `KEY=VALUE` from the first column on, `'…'` as it is, `"…"` with `\n`
 * for a new line and `\x` for x, anything else to the end of the line. Other lines say nothing.
 */
export function parseEnvFile(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, key, value] = LINE.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found[key] = unquoted(value);
  }
  return found;
}

function unquoted(value: string): string {
  const [, raw] = /^'(.*)'$/s.exec(value) ?? [];
  if (raw !== undefined) return raw;
  const [, escaped] = /^"(.*)"$/s.exec(value) ?? [];
  return escaped === undefined ? value : escaped.replaceAll("\\n", "\n").replace(/\\(.)/gs, "$1");
}
