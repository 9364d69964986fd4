export { type Destination, openDestination } from "./destination.ts";
export type { LogFact } from "./facts.ts";
export { type Format, jsonFormat, textFormat, thinFormat, thinLine } from "./format.ts";
export type { Level } from "./line.ts";
export { type AnyFact, lineFor } from "./lines.ts";
export { logTo } from "./log.ts";
export { thinLinesFor } from "./thin-lines.ts";
export { type UpLine, upLine } from "./up-lines.ts";
