import type { Server } from "../server/index.ts";

/** What an operator's signal asks of a running server. */
export type Order = "stop" | "halt" | "abandon" | "restart" | "reopen" | "grow" | "shrink";

const ORDERS: Partial<Record<NodeJS.Signals, Order>> = {
  SIGTERM: "stop",
  SIGQUIT: "stop",
  SIGINT: "halt",
  SIGHUP: "restart",
  SIGUSR1: "reopen",
  // By default it would end the process, as it ends Thin.
  SIGUSR2: "restart",
  SIGTTIN: "grow",
  SIGTTOU: "shrink",
};

/** Who asks again for the end gets it sooner. */
const HARDER: readonly Order[] = ["stop", "halt", "abandon"];

export const SIGNALS: readonly NodeJS.Signals[] = Object.keys(ORDERS) as NodeJS.Signals[];

/**
 * What `signal` means after `last`, the last order to end (undefined: none yet). TERM and QUIT are graceful,
 * INT is now; each further one is one step harder.
 */
export function orderOf(signal: NodeJS.Signals, last: Order | undefined): Order | undefined {
  const order = ORDERS[signal];
  if (order === undefined || last === undefined || !HARDER.includes(order)) return order;
  const harder = HARDER[HARDER.indexOf(last) + 1] ?? "abandon";
  return HARDER.indexOf(harder) > HARDER.indexOf(order) ? harder : order;
}

/** What `carryOut` needs besides the server. */
export interface Surroundings {
  /** Has the log opened anew. */
  reopenLog(): void;
  /** Ends this process at once. */
  abandon(): void;
}

/** Does what is ordered. */
export async function carryOut(order: Order, server: Server, around: Surroundings): Promise<void> {
  switch (order) {
    case "stop":
      return server.stop();
    case "halt":
      return server.halt();
    case "abandon":
      return around.abandon();
    case "restart":
      // A restart that fails is told as `restart-failed`, and the old workers stay.
      await server.restart().catch(() => {});
      return;
    case "reopen":
      return around.reopenLog();
    case "grow":
      return server.resize(1);
    case "shrink":
      return server.resize(-1);
  }
}

export function isEnding(order: Order): boolean {
  return HARDER.includes(order);
}
