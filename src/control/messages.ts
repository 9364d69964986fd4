import { objectIn } from "./object-in.ts";

/** What a command may ask of a running server: one JSON object a line, as docs/CONTROL.md has it. */
export type Order = { readonly order: "restart" };

/** What it answers: one line, once the order is carried out or cannot be. */
export type Reply =
  | { readonly reply: "done" }
  /** Done but for a part of it: what is not, and why. */
  | { readonly reply: "partly"; readonly message: string }
  | { readonly reply: "failed"; readonly message: string };

const ORDERS: readonly string[] = ["restart"] satisfies readonly Order["order"][];
const LIMIT_BYTES = 4_096;

/** The order in a line; undefined when it is none. */
export function orderIn(line: string): Order | undefined {
  const order = parsed(line)?.["order"];
  return typeof order === "string" && ORDERS.includes(order) ? ({ order } as Order) : undefined;
}

/** The reply in a line; undefined when it is none. */
export function replyIn(line: string): Reply | undefined {
  const said = parsed(line);
  if (said?.["reply"] === "done") return { reply: "done" };
  const reply = said?.["reply"];
  if (reply !== "failed" && reply !== "partly") return undefined;
  return { reply, message: String(said?.["message"] ?? "") };
}

function parsed(line: string): Record<string, unknown> | undefined {
  return line.length > LIMIT_BYTES ? undefined : objectIn(line);
}
