import { readFileSync } from "node:fs";

/** What the command `thin` calls itself: the Thin that it stands in for, and us. */
export function thinName(): string {
  return `thin 2.0.1 codename Thinception (gossamer ${version()})`;
}

/** Our version, from package.json beside src/ and dist/. */
export function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
