export { AccessLog } from "./access-log.ts";
export { type AccessFormatName, accessFormat } from "./format.ts";
