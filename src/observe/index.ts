export {
  type AnyFact,
  bluepillFormat,
  bluepillLineFor,
  type Destination,
  type Format,
  jsonFormat,
  type Level,
  logTo,
  openDestination,
  textFormat,
  thinFormat,
  thinLine,
} from "./log/index.ts";
