import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import type { Word } from "../../src/cli/host-line.ts";
import { untilGone } from "../harness/processes.ts";

const ROOT = resolve(import.meta.dirname, "../..");

interface Front {
  readonly child: ChildProcess;
  /** Our end of the line. */
  readonly line: Socket;
  /** The next word of that kind. */
  next<K extends Word["word"]>(kind: K): Promise<Extract<Word, { word: K }>>;
}

/** A front whose Ruby process is us. */
function front(t: TestContext, ...words: readonly string[]): Front {
  const child = spawn(process.execPath, [join(ROOT, "bin/gossamer.mjs"), "front", ...words], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const line = child.stdio[3] as Socket;
  const said = createInterface({ input: line })[Symbol.asyncIterator]();
  return {
    child,
    line,
    async next<K extends Word["word"]>(kind: K) {
      for (;;) {
        const { value, done } = await said.next();
        if (done === true) throw new Error(`It ended without "${kind}".`);
        const word = JSON.parse(value) as Word;
        if (word.word === kind) return word as Extract<Word, { word: K }>;
      }
    },
  };
}

async function samples(): Promise<readonly Word[]> {
  const page = await readFile(join(ROOT, "docs/RUBY-API.md"), "utf8");
  const lines = page.match(/^\{"word".*\}$/gm) ?? [];
  return lines.map((line) => JSON.parse(line) as Word);
}

test("gossamer front says what docs/RUBY-API.md has samples of", async (t) => {
  const all = await samples();
  const { next } = front(t, "--address", "127.0.0.1", "--port", "0", "--max-conns", "1024");
  for (const sample of all) {
    if (sample.word === "said") assert.deepEqual((await saidLike(next, sample.text)).level, "info");
    if (sample.word !== "adopt") continue;
    const { settings } = await next("adopt");
    assert.deepEqual(Object.keys(settings), Object.keys(sample.settings));
    assert.deepEqual({ ...settings, socket: "" }, { ...sample.settings, socket: "" });
    assert.match(settings.socket, /\/gossamer-\d+-\w+\/front\.sock$/);
  }
  assert.deepEqual(
    all.map(({ word }) => word),
    ["said", "adopt", "listening", "failed"],
  );
});

async function saidLike(next: Front["next"], text: string): Promise<{ level: string }> {
  for (;;) {
    const word = await next("said");
    if (word.text === text) return word;
  }
}

test("gossamer front leaves when its line closes, whoever still waits for it", async (t) => {
  const { child, line, next } = front(t, "--address", "127.0.0.1", "--port", "0");
  const { settings } = await next("adopt");
  line.destroy();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  await untilGone([child.pid ?? 0]);
  await assert.rejects(readFile(settings.socket), { code: "ENOENT" });
});

test("gossamer front leaves when its line was closed before it began", async (t) => {
  const { child, line } = front(t, "--address", "127.0.0.1", "--port", "0");
  line.destroy();
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
});

test("gossamer front says why there is no server, and ends with 1", async (t) => {
  const other = createServer();
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const { child, next } = front(t, "--address", "127.0.0.1", "--port", String(port));
  const exit = once(child, "exit");
  assert.match(
    (await next("failed")).message,
    /^no acceptor .*: Cannot listen on 127\.0\.0\.1:\d+/,
  );
  assert.equal((await exit)[0], 1);
});
