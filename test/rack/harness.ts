import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Duplex, PassThrough } from "node:stream";
import type {
  FileBody,
  Page,
  Peer,
  Reply,
  Request,
  ResponseHead,
} from "../../src/message/index.ts";
import type { Call, Departure, Slot, Worker, WorkerListener } from "../../src/pool/index.ts";
import {
  failurePage,
  NATIVE_DEFAULTS,
  NativeEngine,
  type NativeOptions,
  type RackFact,
} from "../../src/rack/index.ts";
import { memoryBytes } from "../../src/unix/index.ts";

const peer: Peer = {
  scheme: "http",
  remoteAddress: "127.0.0.1",
  remotePort: 50_000,
  localPort: 9292,
};

/** A request as the front would hand it over. */
export function request(target = "/", more: Partial<Request> = {}): Request {
  const [path = "", query = ""] = target.split("?");
  return {
    peer,
    method: "GET",
    target,
    path,
    query,
    protocol: "HTTP/1.1",
    authority: "example.org:9292",
    fields: ["host", "example.org:9292"],
    body: { kind: "none" },
    receivedAtMs: performance.now(),
    ...more,
  };
}

/** Keeps what an app answers. */
export class TestReply implements Reply {
  isOpen = true;
  /** It copies what it is given. */
  readonly keepsBytes = false;
  readonly hasRoom = true;
  onGone: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  head: ResponseHead | undefined;
  interim: [number, string][] = [];
  chunks: Buffer[] = [];
  file: FileBody | undefined;
  page: Page | undefined;
  outcome: "end" | "cut" | "fail" | "tunnel" | undefined;
  /** What `write` answers. */
  takesMore = true;
  /** The client's side of a tunnel. */
  client: Duplex | undefined;
  readonly #changed: (() => void)[] = [];

  get isStarted(): boolean {
    return this.head !== undefined || this.outcome !== undefined;
  }

  get body(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  /** The values of a header, by its name in lower case. */
  header(name: string): string[] {
    const lines = (this.head?.lines ?? "").split("\r\n").map((line) => line.split(/: (.*)/s));
    return lines.filter(([key]) => key?.toLowerCase() === name).map(([, value]) => value ?? "");
  }

  /** Resolves as soon as `test` holds. */
  async until(test: (reply: this) => boolean): Promise<this> {
    while (!test(this)) await new Promise<void>((resolve) => this.#changed.push(resolve));
    return this;
  }

  /** Resolves when the answer is complete. */
  done(): Promise<this> {
    return this.until((reply) => reply.outcome !== undefined);
  }

  /** The client goes. */
  leave(): void {
    this.isOpen = false;
    this.onGone?.();
  }

  whenRoom(): void {}

  inform(status: number, lines: string): void {
    this.interim.push([status, lines]);
    this.#tell();
  }
  respond(head: ResponseHead, body: string | Uint8Array): void {
    this.head = head;
    this.chunks.push(typeof body === "string" ? Buffer.from(body, "latin1") : Buffer.from(body));
    this.#finish("end");
  }
  respondFile(head: ResponseHead, file: FileBody): Promise<void> {
    this.head = head;
    this.file = file;
    this.#finish("end");
    return Promise.resolve();
  }
  start(head: ResponseHead): void {
    this.head = head;
    this.#tell();
  }
  write(bytes: Uint8Array): boolean {
    this.chunks.push(Buffer.from(bytes));
    this.#tell();
    return this.takesMore;
  }
  end(): void {
    this.#finish("end");
  }
  cut(): void {
    this.#finish("cut");
  }
  fail(status: number, lines = "", page?: Page): void {
    this.head = { status, lines, holds: 0 };
    this.page = page;
    this.#finish("fail");
  }
  tunnel(head: string): Duplex {
    const [ours, theirs] = pair();
    this.client = ours;
    if (head !== "") theirs.write(head);
    this.#finish("tunnel");
    return theirs;
  }

  #finish(how: "end" | "cut" | "fail" | "tunnel"): void {
    this.outcome = how;
    if (how !== "tunnel") this.isOpen = false;
    this.#tell();
  }
  #tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }
}

function pair(): [Duplex, Duplex] {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const join = (readable: PassThrough, writable: PassThrough): Duplex =>
    // biome-ignore lint/suspicious/noExplicitAny: Duplex.from is typed without this pair form.
    (PassThrough as any).from({ readable, writable });
  return [join(down, up), join(up, down)];
}

/** An engine with one app, and what it told. */
export class Bench implements WorkerListener {
  readonly engine: NativeEngine;
  readonly folder: string;
  readonly facts: RackFact[] = [];
  readonly departures: [Worker, Departure][] = [];
  /** What came back; it is sent again with the next answer. */
  readonly returnedCalls: Call[] = [];
  readonly answers: { slot: Slot; call: Call; micros: number }[] = [];
  /** What left its slot unanswered, and what of it was answered. */
  readonly deferrals: { slot: Slot; call: Call; micros: number }[] = [];
  readonly lateAnswers: Call[] = [];
  readonly readies: Worker[] = [];
  readonly #changed: (() => void)[] = [];

  constructor(folder: string, options: Partial<NativeOptions>) {
    this.folder = folder;
    this.engine = new NativeEngine({
      ...NATIVE_DEFAULTS,
      memoryBytesOf: memoryBytes,
      earlyHints: true,
      rubyCommand: ["ruby"],
      appFolder: folder,
      env: process.env,
      emit: (fact) => {
        this.facts.push(fact);
        this.tell();
      },
      page: (failure, of) => failurePage({ ...NATIVE_DEFAULTS, ...options }, failure, of),
      ...options,
    });
  }

  /** Resolves as soon as `test` holds. */
  async until(test: () => boolean): Promise<void> {
    while (!test()) await new Promise<void>((resolve) => this.#changed.push(resolve));
  }

  /** Starts a worker and resolves when it is ready; rejects when it will never be. */
  async worker(number = 1, generation = 1): Promise<Worker> {
    const worker = this.engine.start(number, generation, this);
    await this.until(() => this.readies.includes(worker) || this.departure(worker) !== undefined);
    const departure = this.departure(worker);
    if (departure) throw new Error(departure.loadError ?? departure.reason);
    return worker;
  }

  /** How a worker left, once it has. */
  departure(worker: Worker): Departure | undefined {
    return this.departures.find(([one]) => one === worker)?.[1];
  }

  /** Resolves with how a worker left. */
  async left(worker: Worker): Promise<Departure> {
    await this.until(() => this.departure(worker) !== undefined);
    return this.departure(worker) as Departure;
  }

  /** Sends a request down the first slot. */
  send(worker: Worker, of: Request, slot = 0, reply = new TestReply()): TestReply {
    const call: Call = { request: of, reply, queuedAtMs: performance.now() };
    const to = worker.slots[slot];
    if (!to) throw new Error(`worker ${worker.number} has no slot ${slot}`);
    to.send(call);
    return reply;
  }

  /** Sends it and waits for the whole answer. */
  get(worker: Worker, target = "/", more: Partial<Request> = {}): Promise<TestReply> {
    return this.send(worker, request(target, more)).done();
  }

  ready(worker: Worker): void {
    this.readies.push(worker);
    this.tell();
  }
  answered(slot: Slot, call: Call, micros: number): void {
    this.answers.push({ slot, call, micros });
    for (const one of this.returnedCalls.splice(0)) slot.send(one);
    this.tell();
  }
  deferred(slot: Slot, call: Call, micros: number): void {
    this.deferrals.push({ slot, call, micros });
    this.tell();
  }
  answeredLater(_slot: Slot, call: Call): void {
    this.lateAnswers.push(call);
    this.tell();
  }
  returned(_slot: Slot, call: Call): void {
    this.returnedCalls.unshift(call);
  }
  gone(worker: Worker, departure: Departure): void {
    this.departures.push([worker, departure]);
    this.tell();
  }
  tell(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** A bench with `source` as its config.ru, and more files beside it. */
export async function bench(
  source: string,
  options: Partial<NativeOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-test-"));
  for (const [name, text] of Object.entries({ "config.ru": source, ...files })) {
    await writeFile(join(folder, name), text);
  }
  return new Bench(folder, options);
}
