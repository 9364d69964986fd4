export { Application, type ApplicationTools } from "./application.ts";
export { changesBetween, type PillChanges } from "./changes.ts";
export type { Customs } from "./customs.ts";
export type * from "./description.ts";
export type { About, SuperviseFact } from "./facts.ts";
export type { Notice } from "./notice.ts";
export {
  type BluepillOrder,
  type BluepillReply,
  bluepillOrderIn,
  bluepillReplyIn,
  type GroupStatus,
} from "./orders.ts";
export {
  evaluatePill,
  NoticeSocket,
  needsRuby,
  type PillContent,
  PillError,
  type PillErrorCode,
  PillHost,
  PillHostError,
  type PillHostListener,
  type PillOptions,
  type PillOrder,
  type PillRequest,
  type PillWarning,
  type PillWord,
  type Subject,
  type Transition,
  type TriggerWord,
  type Verdict,
} from "./pill/index.ts";
export type { ProcessStatus } from "./process.ts";
export {
  basePort,
  type DaemonLine,
  daemonLineOf,
  detachedNameOf,
  type Formation,
  findProcfile,
  mustBeThere,
  ONE_OF_EACH,
  type Output,
  type Plan,
  type PlannedProcess,
  type Policy,
  type Procfile,
  ProcfileError,
  type ProcfilePlace,
  parseEnvFile,
  parseFormation,
  parseProcfile,
  planProcesses,
  Runner,
  readNamed,
  rootOf,
  runSocketsOf,
  type UpFact,
  type UpOrder,
  type UpReply,
  type UpStatus,
  upReplyIn,
} from "./procfile/index.ts";
export { speaks } from "./surroundings.ts";
