import { setTimeout as pause } from "node:timers/promises";
import { type Answer, askLine } from "../control/index.ts";
import { type BluepillOrder, type BluepillReply, bluepillReplyIn } from "../supervise/index.ts";
import type { BluepillBase } from "./bluepill-base.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";

/** How long and how often to wait for a daemon. */
export interface Patience {
  readonly timeoutMs: number;
  readonly attempts: number;
  /** Told of every try after the first. */
  readonly retrying: (text: string) => void;
}

const CONNECT_AGAIN_MS = 50;

/**
 * Gives an order to the daemon of `app`; resolves with what it replies. The order is given once: a daemon that does not
 * answer in time is asked whether it is there, not to do it again. Throws BluepillError when it cannot be reached.
 */
export async function ask(
  order: BluepillOrder,
  app: string,
  base: BluepillBase,
  patience: Patience,
): Promise<Exclude<BluepillReply, { reply: "failed" }>> {
  const { timeoutMs, attempts, retrying } = patience;
  const wholeMs = timeoutMs * attempts;
  const daemon = base.daemonOf(app);
  const timers = Array.from({ length: attempts - 1 }, (_, index) =>
    setTimeout(() => retrying(`Retry ${index + 1} of ${attempts}`), timeoutMs * (index + 1)),
  );
  try {
    const answer = await persistently(base.socketOf(app), JSON.stringify(order), wholeMs);
    if (answer.kind === "gone" && base.daemonOf(app) !== daemon) {
      throw failed(
        "The daemon ended before it had answered. See what it has done: bluepill status",
      );
    }
    return understood(answer);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** A daemon that a thousand ask at once has no room for the next in this moment. */
async function persistently(path: string, line: string, timeoutMs: number): Promise<Answer> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await askLine(path, line, Math.max(endMs - performance.now(), 1));
    if (answer.kind !== "nobody" || answer.code !== "EAGAIN") return answer;
    await pause(CONNECT_AGAIN_MS);
  }
}

function understood(answer: Answer): Exclude<BluepillReply, { reply: "failed" }> {
  if (answer.kind === "late") throw failed("Socket Timeout: Server may not be responding");
  if (answer.kind === "nobody" && answer.code === "EACCES") {
    throw failed("Permission denied: the daemon belongs to another user. Try with sudo.");
  }
  if (answer.kind === "nobody") throw failed("Connection Refused: Server is not running");
  const reply = answer.kind === "answer" ? bluepillReplyIn(answer.line) : undefined;
  if (reply === undefined) {
    throw failed(
      "The running version of your daemon seems to be out of date.\n" +
        "Load its pill again: bluepill load <config file>",
    );
  }
  if (reply.reply !== "failed") return reply;
  throw new BluepillError(
    `Received error from server:\n${reply.message}`,
    BLUEPILL_EXIT.serverError,
  );
}

function failed(message: string): BluepillError {
  return new BluepillError(message, BLUEPILL_EXIT.failed);
}
