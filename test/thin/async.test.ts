import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { before, type TestContext, test } from "node:test";
import { installGems } from "../../scripts/gems.mjs";
import { asyncApp } from "../apps/async.ts";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { bothSides, type Side } from "./side.ts";

const BUNDLES = {
  thin: resolve(import.meta.dirname, "../peers/thin-async/Gemfile"),
  ours: resolve(import.meta.dirname, "../gems/async/Gemfile"),
};
const END = Buffer.from("\r\n\r\n");

/** A server of either side that answers. */
class Seen {
  readonly #side: Side;
  readonly #test: TestContext;

  constructor(side: Side, t: TestContext) {
    this.#side = side;
    this.#test = t;
  }

  async client(): Promise<RawClient> {
    return await RawClient.open(this.#test, { path: this.#side.socket });
  }

  async asking(path: string): Promise<RawClient> {
    const client = await this.client();
    client.get(path);
    return client;
  }

  /** Status and text; undefined when the connection ends without an answer. */
  async get(path: string): Promise<readonly [number, string] | undefined> {
    const client = await this.asking(path);
    const answer = await client.read().catch(() => undefined);
    client.socket.destroy();
    return answer && [answer.status, answer.text];
  }

  async post(path: string, body: string): Promise<readonly [number, string]> {
    const client = await this.client();
    const fields = `Host: localhost\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}`;
    client.send(`POST ${path} HTTP/1.1\r\n${fields}\r\n\r\n${body}`);
    const { status, text } = await client.read();
    client.socket.destroy();
    return [status, text];
  }

  /** What the app has noted about `name`, once that includes `what`. */
  async notes(name: string, what: string): Promise<readonly string[]> {
    let notes: readonly string[] = [];
    const isThere = async (): Promise<boolean> => {
      const [, text = ""] = (await this.get(`/notes?${name}`)) ?? [];
      notes = text.split("\n").map((line) => line.slice(name.length + 2));
      return notes.includes(what);
    };
    await until(isThere, 10_000, () => `${name}: ${notes} lacks ${what}`);
    return notes;
  }
}

/** One thing that users of the async API rely on, seen on both sides. */
interface Check {
  readonly title: string;
  readonly app: "api" | "deferred" | "sinatra";
  readonly see: (seen: Seen) => Promise<unknown>;
  /** Where ours is not to do as Thin: why, and what either does. */
  readonly better?: { readonly why: string; readonly thin: unknown; readonly ours: unknown };
}

const ANSWERS = [
  "/now?a",
  "/throw?b",
  "/minus?c",
  "/inline?d",
  "/thread?e",
  "/defer?f",
  "/ready?g",
];

/** Who ends a connection just after a request may only be through with asking: a client that has left waits a little. */
async function leave(client: RawClient): Promise<void> {
  const startedAtMs = performance.now();
  await until(
    () => performance.now() - startedAtMs > 300,
    20_000,
    () => "time stands still",
  );
  client.socket.destroy();
}

async function each(seen: Seen, paths: readonly string[]): Promise<unknown> {
  const answers: unknown[] = [];
  for (const path of paths) answers.push([path, await seen.get(path)]);
  return answers;
}

/** Asks for `path`, adds two pieces to its body, ends it, and tells what the client and the app saw. */
async function stream(seen: Seen, path: string, end: string): Promise<unknown> {
  const name = path.split("?")[1] ?? "";
  const client = await seen.asking(path);
  const head = String(await client.until(END));
  await seen.notes(name, "each");
  await seen.post(`/add?${name}`, "one");
  const first = String(await client.until(Buffer.from("one")));
  await seen.post(`/add?${name}`, "two");
  const second = String(await client.until(Buffer.from("two")));
  await seen.get(`${end}?${name}`);
  const notes = await seen.notes(name, "body closed");
  client.socket.destroy();
  return [head.split("\r\n")[0], first.slice(-3), second.slice(-3), notes];
}

const CHECKS: readonly Check[] = [
  {
    title: "what an app is called in",
    app: "api",
    see: (seen) => seen.get("/reactor"),
  },
  {
    title: "answers that come later, and how",
    app: "api",
    see: (seen) => each(seen, ANSWERS),
  },
  {
    title: "a deferrable body that succeeds",
    app: "api",
    see: (seen) => stream(seen, "/body?a", "/succeed"),
  },
  {
    title: "a deferrable body that fails",
    app: "api",
    see: async (seen) => {
      const [head, first, second] = (await stream(seen, "/body?b", "/fail")) as string[];
      return [head, first, second, await seen.notes("b", "body failed")];
    },
  },
  {
    title: "a deferrable body that is returned",
    app: "api",
    see: (seen) => stream(seen, "/returned?c", "/succeed"),
  },
  {
    title: "a deferrable body with a length, and the connection after it",
    app: "api",
    see: async (seen) => {
      const client = await seen.asking("/length?a");
      await seen.notes("a", "each");
      for (const piece of ["abc", "def"]) await seen.post("/add?a", piece);
      await seen.get("/succeed?a");
      const { text, field } = await client.read();
      client.get("/now?b");
      return [text, field("content-length"), (await client.read()).text];
    },
  },
  {
    title: "HEAD of a deferrable body",
    app: "api",
    see: async (seen) => {
      const client = await seen.client();
      client.send("HEAD /length?h HTTP/1.1\r\nHost: x\r\n\r\n");
      const { status, field } = await client.read("HEAD");
      await seen.get("/succeed?h");
      return [status, field("content-length"), await seen.notes("h", "body closed")];
    },
  },
  {
    title: "a client that leaves before the answer",
    app: "api",
    see: async (seen) => {
      const client = await seen.asking("/poll?p");
      await seen.notes("p", "polls");
      await leave(client);
      const notes = await seen.notes("p", "closed");
      return [notes, await seen.get("/answer?p"), await seen.get("/now?a")];
    },
  },
  {
    title: "a client that leaves in the middle of a deferrable body",
    app: "api",
    see: async (seen) => {
      const client = await seen.asking("/body?b");
      await seen.notes("b", "each");
      await leave(client);
      return await seen.notes("b", "body closed");
    },
  },
  {
    title: "a hundred requests that wait at a time",
    app: "api",
    see: async (seen) => {
      const paths = Array.from({ length: 100 }, (_, n) => `/poll?p${n}`);
      const polls = await Promise.all(paths.map((path) => seen.asking(path)));
      await until(
        async () => (await seen.get("/polls"))?.[1] === "100",
        10_000,
        () => "they do not wait",
      );
      const said = await seen.get("/answer-all");
      return [said, await Promise.all(polls.map(async (client) => (await client.read()).text))];
    },
  },
  {
    title: "an answer that HTTP cannot say",
    app: "api",
    see: async (seen) => [await seen.get("/bad-header?a"), await seen.notes("a", "closed")],
    better: {
      why: "the client is told, and the body is closed",
      thin: [undefined, ["closed"]],
      ours: [
        [500, "Internal server error"],
        ["body closed", "closed"],
      ],
    },
  },
  {
    title: "deferred?",
    app: "deferred",
    see: (seen) => each(seen, ["/", "/slow", "/"]),
  },
  {
    title: "a call in the pool that blocks",
    app: "deferred",
    see: async (seen) => {
      const blocked = seen.get("/slow-gate");
      return [await seen.get("/"), await seen.get("/open"), await blocked];
    },
  },
  {
    title: "an app of async_sinatra",
    app: "sinatra",
    see: (seen) =>
      each(seen, [
        "/",
        "/delay/20",
        "/raise",
        "/raise-later",
        "/away",
        "/plain",
        "/stream",
        "/none",
      ]),
  },
  {
    title: "async_sinatra's on_close, and an answer by another request",
    app: "sinatra",
    see: async (seen) => {
      const waiting = async (count: string): Promise<void> =>
        await until(
          async () => (await seen.get("/waiting"))?.[1] === count,
          10_000,
          () => `not ${count} wait`,
        );
      const [left, stays] = [await seen.asking("/wait/left"), await seen.asking("/wait/stays")];
      await waiting("2");
      await leave(left);
      await waiting("1");
      return [await seen.post("/tell/stays", "news"), (await stays.read()).text];
    },
  },
  {
    title: "Sinatra's stream that is kept open, and one whose client leaves",
    app: "sinatra",
    see: async (seen) => {
      const open = await seen.asking("/open");
      await open.until(Buffer.from("opened "));
      const shut = await seen.get("/shut");
      const rest = String(await open.until(Buffer.from("and shut"))).slice(-8);
      const left = await seen.asking("/open");
      await left.until(Buffer.from("opened "));
      await leave(left);
      await until(
        async () => (await seen.get("/waiting"))?.[1] === "0",
        10_000,
        () => "the stream is kept",
      );
      return [shut, rest];
    },
  },
];

before(async () => {
  await installGems(["async", "thin-async"]);
});

for (const { title, app, see, better } of CHECKS) {
  const words =
    better === undefined ? "does as Thin does" : `does better than Thin (${better.why})`;
  test(`The async API ${words}: ${title}`, async (t) => {
    const rackup = await readFile(asyncApp(app), "utf8");
    const sides = await bothSides(t, rackup, BUNDLES);
    const [thin, ours] = await Promise.all(
      sides.map(async (side) => {
        side.start("start", "-S", side.socket, "-e", "production");
        await side.answer("/");
        return await see(new Seen(side, t));
      }),
    );
    assert.deepEqual(thin, better === undefined ? thin : better.thin, "what Thin does");
    assert.deepEqual(ours, better === undefined ? thin : better.ours, "what ours does");
  });
}
