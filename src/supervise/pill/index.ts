export { needsRuby } from "./customs.ts";
export { PillError, type PillErrorCode, PillHostError } from "./errors.ts";
export { evaluatePill, type PillRequest } from "./evaluate.ts";
export { PillHost, type PillHostListener, type Subject, type Verdict } from "./host.ts";
export type {
  PillContent,
  PillOrder,
  PillWarning,
  PillWord,
  Transition,
  TriggerWord,
} from "./messages.ts";
export { type NoticeListener, type NoticePlace, NoticeSocket } from "./notice-socket.ts";
export type { PillOptions } from "./options.ts";
