import { systemClock } from "../kit/index.ts";
import { EXIT } from "./exit-codes.ts";
import { isEnding, type Order, orderOf, SIGNALS } from "./signals.ts";

/** The operator's orders, as signals bring them. */
export interface Orders {
  /** Aborted when the end is ordered before there is somebody to obey. */
  readonly endedEarly: AbortSignal;
  /** From now on `carry` does what is ordered; what was ordered so far comes first. */
  obey(carry: (order: Order) => Promise<void>): void;
  close(): void;
}

/** A Ctrl-C reaches us from the terminal and again from npm, which passes it on: one order. */
const SAME_KEY_PRESS_MS = 250;

/** Hears signals from the first moment on, so that none ends us by its default. */
export function listenToSignals(): Orders {
  const early = new AbortController();
  const waiting: Order[] = [];
  let last: Order | undefined;
  let carry: (order: Order) => Promise<void> = async (order) => {
    if (order === "abandon") abandon();
    waiting.push(order);
    if (isEnding(order)) early.abort();
  };
  let pressedAtMs = -Infinity;
  const hear = (signal: NodeJS.Signals): void => {
    const nowMs = systemClock.nowMs();
    if (signal === "SIGINT" && nowMs - pressedAtMs < SAME_KEY_PRESS_MS) return;
    if (signal === "SIGINT") pressedAtMs = nowMs;
    const order = orderOf(signal, last);
    if (order === undefined) return;
    if (isEnding(order)) last = order;
    void carry(order);
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  return {
    endedEarly: early.signal,
    obey(next) {
      carry = next;
      for (const order of waiting.splice(0)) void carry(order);
    },
    close() {
      for (const signal of SIGNALS) process.off(signal, hear);
    },
  };
}

/** Ends this process at once; the workers see their sockets close and follow. */
export function abandon(): void {
  process.exit(EXIT.failed);
}
