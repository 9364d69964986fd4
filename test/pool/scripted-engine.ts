import type { Reply, Request } from "../../src/message/index.ts";
import type {
  Call,
  Departure,
  Engine,
  PoolFact,
  Slot,
  Worker,
  WorkerListener,
} from "../../src/pool/index.ts";

/** A request that asks for `target`. */
export function request(target: string): Request {
  return {
    peer: { scheme: "http", remoteAddress: "127.0.0.1", remotePort: 1, localPort: 2 },
    method: "GET",
    target,
    path: target,
    query: "",
    protocol: "HTTP/1.1",
    authority: "",
    fields: [],
    body: { kind: "none" },
    receivedAtMs: 0,
  };
}

/** A reply that only remembers what it was told. */
export class RecordedReply implements Reply {
  isOpen = true;
  readonly keepsBytes = false;
  readonly hasRoom = true;
  isStarted = false;
  isCut = false;
  failedWith: number | undefined;
  failLines: string | undefined;
  onGone: (() => void) | undefined;
  onDrain: (() => void) | undefined;

  respond(): void {
    this.isStarted = true;
    this.isOpen = false;
  }

  start(): void {
    this.isStarted = true;
  }

  cut(): void {
    this.isCut = true;
    this.isOpen = false;
  }

  fail(status: number, lines?: string): void {
    if (!this.isOpen) return;
    this.failedWith = status;
    this.failLines = lines;
    this.respond();
  }

  inform(): void {}
  whenRoom(): void {}
  end(): void {}
  write = (): boolean => true;
  respondFile = async (): Promise<void> => {};
  tunnel = (): never => {
    throw new Error("This reply leads nowhere.");
  };
}

/** A slot whose calls the test answers. */
export class ScriptedSlot implements Slot {
  readonly worker: ScriptedWorker;
  readonly calls: Call[] = [];
  recalls = 0;
  awaitsClient = false;

  constructor(worker: ScriptedWorker) {
    this.worker = worker;
  }

  get current(): Call | undefined {
    return this.calls[0];
  }

  get targets(): string[] {
    return this.calls.map((call) => call.request.target);
  }

  giveUp(): void {
    // What is behind the stuck call is the test's to hand back.
  }

  send(call: Call): void {
    this.calls.push(call);
  }

  recall(): void {
    this.recalls++;
    this.giveBack();
  }

  /** The app answers its call later; returns a function that does. */
  defer(serviceMicros = 100): () => void {
    const call = this.calls.shift();
    if (call === undefined) throw new Error("This slot has nothing to answer later.");
    this.worker.pending.push(call);
    this.worker.listener.deferred(this, call, serviceMicros);
    return () => {
      this.worker.pending.splice(this.worker.pending.indexOf(call), 1);
      (call.reply as RecordedReply).respond();
      this.worker.listener.answeredLater(this, call);
    };
  }

  /** Gives back all calls but the one that it is at, last come first. */
  giveBack(): void {
    for (const call of this.calls.splice(1).reverse()) this.worker.listener.returned(this, call);
  }

  answer(serviceMicros = 100, idlePart?: number): void {
    const call = this.calls.shift();
    if (call === undefined) throw new Error("This slot has nothing to answer.");
    (call.reply as RecordedReply).respond();
    this.worker.listener.answered(this, call, serviceMicros, idlePart);
  }
}

/** A worker that does what the test says, and remembers what the pool wanted of it. */
export class ScriptedWorker implements Worker {
  readonly number: number;
  readonly generation: number;
  readonly pid: number;
  readonly listener: WorkerListener;
  readonly heard: string[] = [];
  /** Calls that it answers later. */
  readonly pending: Call[] = [];
  slots: ScriptedSlot[] = [];
  bytes: number | undefined;
  backtraces = "";
  readonly #threads: number;

  constructor(number: number, generation: number, listener: WorkerListener, threads: number) {
    this.number = number;
    this.generation = generation;
    this.pid = 1_000 * generation + number;
    this.listener = listener;
    this.#threads = threads;
  }

  get slot(): ScriptedSlot {
    const [slot] = this.slots;
    if (slot === undefined) throw new Error("This worker is not ready.");
    return slot;
  }

  becomeReady(): void {
    this.slots = Array.from({ length: this.#threads }, () => new ScriptedSlot(this));
    this.listener.ready(this);
  }

  leave(departure: Partial<Departure> = {}): void {
    const begun = [...this.pending, ...this.slots.flatMap((slot) => slot.calls)];
    this.listener.gone(this, {
      reason: "exit 0",
      begun,
      unseen: [],
      loadError: undefined,
      ...departure,
    });
  }

  retire(): void {
    this.heard.push("retire");
    queueMicrotask(() => this.leave());
  }

  kill(): void {
    this.heard.push("kill");
    queueMicrotask(() => this.leave({ reason: "SIGKILL" }));
  }

  inspect = async (): Promise<string> => this.backtraces;
  memoryBytes = async (): Promise<number | undefined> => this.bytes;
}

/** An engine whose workers are the test's to lead. */
export class ScriptedEngine implements Engine {
  readonly name = "scripted";
  readonly started: ScriptedWorker[] = [];
  readonly facts: PoolFact[] = [];
  readonly threads: number;
  /** Whether workers are ready as soon as they are started. */
  isPrompt = true;
  isClosed = false;
  renewal: Promise<void> = Promise.resolve();

  constructor(threads = 1) {
    this.threads = threads;
  }

  get last(): ScriptedWorker {
    const worker = this.started.at(-1);
    if (worker === undefined) throw new Error("No worker was started.");
    return worker;
  }

  start(number: number, generation: number, listener: WorkerListener): Worker {
    const worker = new ScriptedWorker(number, generation, listener, this.threads);
    this.started.push(worker);
    if (this.isPrompt) queueMicrotask(() => worker.becomeReady());
    return worker;
  }

  renew = (): Promise<void> => this.renewal;

  async close(): Promise<void> {
    this.isClosed = true;
  }

  factsOf<T extends PoolFact["type"]>(type: T): Extract<PoolFact, { type: T }>[] {
    return this.facts.filter((fact): fact is Extract<PoolFact, { type: T }> => fact.type === type);
  }
}
