export { AccessRecord } from "./access-record.ts";
export { Connection } from "./connection.ts";
