export { bluepillFormat, bluepillLineFor } from "./bluepill-lines.ts";
export { type Destination, openDestination } from "./destination.ts";
export { type Format, jsonFormat, textFormat, thinFormat, thinLine } from "./format.ts";
export type { Level } from "./line.ts";
export type { AnyFact } from "./lines.ts";
export { logTo } from "./log.ts";
