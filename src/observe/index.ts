export {
  type AnyFact,
  type Destination,
  type Format,
  jsonFormat,
  type Level,
  logTo,
  openDestination,
  textFormat,
  thinFormat,
} from "./log/index.ts";
