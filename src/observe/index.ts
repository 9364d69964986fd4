export { type AccessFormatName, AccessLog, accessFormat } from "./access/index.ts";
export {
  type AnyFact,
  bluepillFormat,
  bluepillLineFor,
  type Destination,
  type Format,
  jsonFormat,
  type Level,
  lineFor,
  logTo,
  openDestination,
  rotating,
  textFormat,
  thinFormat,
  thinLine,
  thinLinesFor,
  upLine,
} from "./log/index.ts";
export { type StatsOptions, stats } from "./stats/index.ts";
