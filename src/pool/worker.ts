import type { Reply, Request } from "../message/index.ts";

/** One request on its way through the pool. */
export interface Call {
  readonly request: Request;
  readonly reply: Reply;
  /** When it joined the queue, on the clock of `performance.now()`. */
  readonly queuedAtMs: number;
}

/**
 * One thread of a worker, with a line of its own to the front: takes calls in order, answers them in order.
 * A slot neither queues nor decides: the pool knows what it was given.
 */
export interface Slot {
  readonly worker: Worker;
  /** The oldest call that is not answered: the one the app is at. */
  readonly current: Call | undefined;
  /** The app reads a body that its client has not sent yet: the client is slow, not the app. */
  readonly awaitsClient: boolean;
  /** The app hangs in `current`: the calls behind it count as unseen, unless it goes on after all. */
  giveUp(): void;
  /** Hands a call over. It is told to `WorkerListener.answered`, or handed back by `gone`. */
  send(call: Call): void;
  /** Asks for the calls back that wait behind the one it is at; each comes by `WorkerListener.returned`, unless it was begun. */
  recall(): void;
}

/** A process (or an embedded Ruby) that runs the app, `slots.length` calls at a time. */
export interface Worker {
  /** 1, 2, 3 …: its place in the pool, kept by the one that replaces it. */
  readonly number: number;
  readonly generation: number;
  /** Undefined until it is known. */
  readonly pid: number | undefined;
  /** Empty until it is ready. */
  readonly slots: readonly Slot[];
  /** Lets it finish what it was given, and leave. `gone` follows. */
  retire(): void;
  /** Ends it now, whatever it does. `gone` follows. */
  kill(): void;
  /**
   * What each of its threads is doing, as Ruby backtraces; "" when it cannot say within `timeoutMs`.
   * Answers that were ready have been heard before it resolves.
   */
  inspect(timeoutMs: number): Promise<string>;
  /** Proportional (or resident) memory; undefined where the system does not tell. */
  memoryBytes(): Promise<number | undefined>;
}

/** Why a worker is no more. */
export interface Departure {
  /** `exit 1`, `SIGKILL`, `could not be started: …` */
  readonly reason: string;
  /** Calls that it was given and did not answer: those it may have begun, then those it cannot have seen. */
  readonly begun: readonly Call[];
  readonly unseen: readonly Call[];
  /** Set when it never became ready because the app did not load: the message, with file and line. */
  readonly loadError: string | undefined;
}

/** What the pool wants to hear of a worker. */
export interface WorkerListener {
  /** The app is loaded and every slot is connected. */
  ready(worker: Worker): void;
  /**
   * The oldest call of `slot` is off the slot: answered, failed or taken over by the app (hijack).
   * `serviceMicros`: time in the app, without waits for the GVL. `idlePart`: the part of it, 0 to 1, in which the app
   * waited for others than Ruby; undefined when the worker has not looked.
   */
  answered(slot: Slot, call: Call, serviceMicros: number, idlePart?: number): void;
  /**
   * The oldest call of `slot` is off the slot, as for `answered`, but the app answers it later: its worker may have any
   * number of such calls. `answeredLater` follows, or `gone` hands it back.
   */
  deferred(slot: Slot, call: Call, serviceMicros: number, idlePart?: number): void;
  /** A call that was deferred is answered, failed or taken over by the app. */
  answeredLater(slot: Slot, call: Call): void;
  /**
   * A call that `slot` was given ahead of time comes back untouched, because the one before it takes its time: it was
   * recalled, or its worker has seen by itself that the answer is a stream.
   */
  returned(slot: Slot, call: Call): void;
  gone(worker: Worker, departure: Departure): void;
}

/** What runs the Ruby: native processes, or Ruby inside Node. */
export interface Engine {
  readonly name: string;
  /** Starts a worker; the listener hears the rest. */
  start(number: number, generation: number, listener: WorkerListener): Worker;
  /** Makes ready for a new generation: the app will be loaded anew (a new mold). Resolves when it is; rejects when the app does not load. */
  renew(generation: number): Promise<void>;
  /** Ends everything that is left, and removes every file of its own. */
  close(): Promise<void>;
}
