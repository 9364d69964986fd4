import { objectIn } from "../../control/index.ts";
import type { UpStatus } from "./process.ts";

/** What may be asked of a Procfile that runs: one JSON object a line, as docs/CONTROL.md has it. */
export type UpOrder =
  | {
      readonly order: "start" | "stop" | "restart";
      /** Types or names of processes (`web`, `web.2`); none means all. */
      readonly processes: readonly string[];
    }
  | { readonly order: "status" };

/** What it answers: one line, once the order is carried out or cannot be. */
export type UpReply =
  | { readonly reply: "done" }
  | { readonly reply: "failed"; readonly message: string }
  | { readonly reply: "status"; readonly processes: readonly UpStatus[] };

const WITH_PROCESSES: readonly string[] = ["start", "stop", "restart"];

/** The order in a line; undefined when it is none. */
export function upOrderIn(line: string): UpOrder | undefined {
  const said = objectIn(line);
  const order = said?.["order"];
  if (order === "status") return { order };
  if (typeof order !== "string" || !WITH_PROCESSES.includes(order)) return undefined;
  const processes = said?.["processes"];
  const areNames = Array.isArray(processes) && processes.every((one) => typeof one === "string");
  return areNames ? ({ order, processes } as UpOrder) : undefined;
}

/** The reply in a line; undefined when it is none. */
export function upReplyIn(line: string): UpReply | undefined {
  const said = objectIn(line);
  return typeof said?.["reply"] === "string" ? (said as unknown as UpReply) : undefined;
}
