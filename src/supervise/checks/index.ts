export { Check } from "./check.ts";
export type { Subject } from "./measure.ts";
