export { type AccessFormatName, AccessLog, accessFormat } from "./access/index.ts";
export {
  type AnyFact,
  type Destination,
  type Format,
  jsonFormat,
  type Level,
  lineFor,
  logTo,
  openDestination,
  textFormat,
  thinFormat,
  thinLine,
  thinLinesFor,
  upLine,
} from "./log/index.ts";
export { type StatsOptions, stats } from "./stats/index.ts";
