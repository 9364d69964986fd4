import { askLine } from "./ask-line.ts";
import { type Order, type Reply, replyIn } from "./messages.ts";

/**
 * Gives an order to the server that listens at `path`; resolves with its reply, or with undefined when nobody listens
 * there. A server that goes away in the middle has failed to carry it out.
 */
export async function give(order: Order, path: string): Promise<Reply | undefined> {
  const answer = await askLine(path, JSON.stringify(order));
  if (answer.kind === "nobody") return undefined;
  const gone: Reply = { reply: "failed", message: "The server went away before it was done." };
  return (answer.kind === "answer" ? replyIn(answer.line) : undefined) ?? gone;
}
