import { connect, type Socket } from "node:net";
import { Front, HTTP_DEFAULTS, type HttpFact, type HttpOptions } from "../../src/http/index.ts";
import type { Clock } from "../../src/kit/index.ts";
import type { Handler, Request } from "../../src/message/index.ts";

/** A clock that stands still until a test moves it. */
class TestClock implements Clock {
  private now = 1000;
  private tasks: { atMs: number; task: () => void }[] = [];

  nowMs(): number {
    return this.now;
  }

  wallMs(): number {
    return Date.UTC(2026, 0, 1) + this.now;
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { atMs: this.now + delayMs, task };
    this.tasks.push(entry);
    return () => {
      this.tasks = this.tasks.filter((other) => other !== entry);
    };
  }

  /** Lets time pass; whatever falls due on the way is called. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (;;) {
      const due = this.tasks.filter((entry) => entry.atMs <= until);
      const [first] = due.sort((a, b) => a.atMs - b.atMs);
      if (first === undefined) break;
      this.tasks = this.tasks.filter((entry) => entry !== first);
      this.now = first.atMs;
      first.task();
    }
    this.now = until;
  }
}

export interface Stage {
  readonly front: Front;
  readonly port: number;
  readonly clock: TestClock;
  readonly facts: HttpFact[];
}

/** A front on a port of its own; the caller shuts it. */
export async function stage(handler: Handler, options: Partial<HttpOptions> = {}): Promise<Stage> {
  const clock = new TestClock();
  const facts: HttpFact[] = [];
  const front = new Front(handler, { ...HTTP_DEFAULTS, ...options }, clock, (fact) =>
    facts.push(fact),
  );
  const bound = await front.listen({ kind: "tcp", host: "127.0.0.1", port: 0 });
  return { front, port: bound.kind === "tcp" ? bound.port : 0, clock, facts };
}

/** What a client read: status, head and body of one response. */
export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** A client that says exactly what it is told to. */
export class Client {
  readonly socket: Socket;
  text = "";
  isEnded = false;
  isClosed = false;
  error: NodeJS.ErrnoException | undefined;
  private wake: (() => void) | undefined;

  /** `target`: a port, the path of a socket, or a socket that is connected, or will be. */
  constructor(target: number | string | Socket, allowHalfOpen = false) {
    this.socket = typeof target === "object" ? target : dial(target, allowHalfOpen);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text: string) => {
      this.text += text;
      this.wake?.();
    });
    this.socket.on("end", () => {
      this.isEnded = true;
      this.wake?.();
    });
    this.socket.on("error", (error) => {
      this.error = error;
    });
    this.socket.on("close", () => {
      this.isClosed = true;
      this.wake?.();
    });
  }

  send(text: string): void {
    if (!this.socket.destroyed) this.socket.write(text, "latin1");
  }

  /** Sends the pieces one by one, each in a turn of the event loop of its own. */
  async sendEach(pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      this.send(piece);
      await turn();
      await turn();
    }
  }

  /** Resolves once `condition` holds; it is asked whenever something came. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.isClosed) throw new Error(`The connection closed after: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async untilEnded(): Promise<void> {
    while (!this.isEnded && !this.isClosed) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  /** The next whole response that is not interim; its bytes are used up. */
  async answer(isToHead = false): Promise<Answer> {
    let found: Found | undefined;
    let worthALook = 0;
    await this.until(() => {
      // Reading a text that grows makes it one piece each time: 20 MB would be copied a thousand times over.
      if (this.text.length < worthALook && !this.isEnded) return false;
      const look = firstAnswer(this.text, isToHead, this.isEnded);
      if (typeof look !== "number") found = look;
      else worthALook = look;
      return found !== undefined;
    });
    if (found === undefined) throw new Error("unreachable");
    this.text = found.rest;
    return found.answer;
  }

  close(): void {
    this.socket.destroy();
  }
}

function dial(target: number | string, allowHalfOpen: boolean): Socket {
  const where = typeof target === "number" ? { port: target, host: "127.0.0.1" } : { path: target };
  return connect({ ...where, noDelay: true, allowHalfOpen });
}

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves once `condition` holds; looks again every turn of the event loop. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const limitMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > limitMs) throw new Error(`It never came true: ${what}`);
    await turn();
  }
}

export function get(path: string, lines = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
}

/** A body as latin1 text, whatever its kind, when it is with us whole. */
export function bodyText(request: Request): string {
  if (request.body.kind === "none") return "";
  if (request.body.kind !== "bytes") throw new Error(`a ${request.body.kind} body`);
  return Buffer.from(request.body.bytes).toString("latin1");
}

interface Found {
  readonly answer: Answer;
  readonly rest: string;
}

/** The first answer in `text`, or the length that `text` must have for another look to be worth it. */
function firstAnswer(text: string, isToHead: boolean, isEnded: boolean): Found | number {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return text.length + 1;
  const bodyAt = end + 4;
  const head = text.slice(0, end + 2);
  const status = Number(head.slice(9, 12));
  const rest = text.slice(bodyAt);
  if (status < 200) {
    const look = firstAnswer(rest, isToHead, isEnded);
    return typeof look === "number" ? bodyAt + look : look;
  }
  const length = bodyLength(head, status, isToHead, rest, isEnded);
  if (length === undefined) return text.length + 1;
  if (rest.length < length) return bodyAt + length;
  return { answer: { status, head, body: rest.slice(0, length) }, rest: rest.slice(length) };
}

function bodyLength(
  head: string,
  status: number,
  isToHead: boolean,
  rest: string,
  isEnded: boolean,
): number | undefined {
  if (isToHead || status === 204 || status === 304) return 0;
  const found = /^content-length: (\d+)\r$/im.exec(head);
  if (found !== null) return Number(found[1]);
  if (/^transfer-encoding: chunked\r$/im.test(head)) {
    const end = rest.indexOf("0\r\n\r\n");
    return end < 0 ? undefined : end + 5;
  }
  return isEnded ? rest.length : undefined;
}
