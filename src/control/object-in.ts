/** The JSON object in a line; undefined when it is none. */
export function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Whoever speaks like this means somebody else.
    return undefined;
  }
}
