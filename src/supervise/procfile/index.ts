export { type DaemonLine, daemonLineOf } from "./daemon-line.ts";
export { parseEnvFile } from "./env-file.ts";
export { ProcfileError } from "./errors.ts";
export type { UpFact } from "./facts.ts";
export { findProcfile, type ProcfilePlace, readNamed, rootOf } from "./find.ts";
export { type Formation, ONE_OF_EACH, parseFormation } from "./formation.ts";
export { type UpOrder, type UpReply, upReplyIn } from "./orders.ts";
export type { Output } from "./output.ts";
export { type Procfile, parseProcfile } from "./parse.ts";
export { detachedNameOf, runSocketsOf } from "./place.ts";
export {
  basePort,
  mustBeThere,
  type Plan,
  type PlannedProcess,
  planProcesses,
} from "./plan.ts";
export type { Policy, UpStatus } from "./process.ts";
export { Runner } from "./runner.ts";
