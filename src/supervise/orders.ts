import { objectIn } from "../control/index.ts";
import type { AppDescription, EventName } from "./description.ts";
import type { ProcessStatus } from "./process.ts";

/** What `bluepill` may ask of a daemon: one JSON object a line. `target` is what stands after the command, split at colons. */
export type BluepillOrder =
  | { readonly order: EventName; readonly target: readonly string[] }
  | { readonly order: "status"; readonly target: readonly string[] }
  | { readonly order: "about" }
  /** The description that is at work. */
  | { readonly order: "describe" };

/** What a daemon answers: one line. */
export type BluepillReply =
  /** The processes that the order was for, each as `group:name`. */
  | { readonly reply: "done"; readonly processes: readonly string[] }
  | { readonly reply: "status"; readonly groups: readonly GroupStatus[] }
  | {
      readonly reply: "about";
      readonly version: string;
      readonly pid: number;
      readonly logFile: string | null;
    }
  | { readonly reply: "description"; readonly description: AppDescription }
  | { readonly reply: "failed"; readonly message: string };

/** One group, or what is in none, with those of its processes that were asked for. */
export interface GroupStatus {
  readonly group: string | null;
  readonly processes: readonly ProcessStatus[];
}

const ORDERS: readonly string[] = [
  "start",
  "stop",
  "restart",
  "unmonitor",
  "status",
  "about",
  "describe",
] satisfies readonly BluepillOrder["order"][];

/** The order in a line; undefined when it is none. */
export function bluepillOrderIn(line: string): BluepillOrder | undefined {
  const { order, target } = objectIn(line) ?? {};
  if (typeof order !== "string" || !ORDERS.includes(order)) return undefined;
  if (order === "about" || order === "describe") return { order };
  const words = Array.isArray(target) ? target.map(String) : [];
  return { order, target: words } as BluepillOrder;
}

/** The reply in a line; undefined when it is none. Who answers is a daemon of ours: only its kind is looked at. */
export function bluepillReplyIn(line: string): BluepillReply | undefined {
  const said = objectIn(line);
  return typeof said?.["reply"] === "string" ? (said as unknown as BluepillReply) : undefined;
}
