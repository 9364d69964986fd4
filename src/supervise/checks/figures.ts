/** `24MB` from 1 MiB on, `900KB` below. */
export function asBytes(bytes: number): string {
  const kilobytes = bytes / 1024;
  return kilobytes >= 1024 ? `${Math.round(kilobytes / 1024)}MB` : `${Math.round(kilobytes)}KB`;
}

/** Whole seconds. */
export function asSeconds(ms: number): string {
  return `${Math.round(ms / 1000)}`;
}
