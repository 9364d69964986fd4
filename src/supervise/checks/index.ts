export { Check } from "./check.ts";
export { lookAtDue } from "./look-at-due.ts";
export type { Subject } from "./measure.ts";
