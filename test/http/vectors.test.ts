import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Request } from "../../src/message/index.ts";
import { bodyText, Client, type Stage, stage } from "./harness.ts";
import { readVectors, type Vector } from "./vector.ts";

const vectors = readVectors();
const PROBE = "GET /probe HTTP/1.1\r\nHost: a\r\n\r\n";

/** One listener for each set of options; requests are told apart by their client's port. */
class Stages {
  private readonly open = new Map<string, Promise<Stage>>();
  readonly requests = new Map<number, Request[]>();

  get(options: Vector["options"]): Promise<Stage> {
    const key = JSON.stringify(options);
    const known = this.open.get(key) ?? this.make(options);
    this.open.set(key, known);
    return known;
  }

  async close(): Promise<void> {
    for (const staged of this.open.values()) (await staged).front.shut();
  }

  private make(options: Vector["options"]): Promise<Stage> {
    return stage((request, reply) => {
      const port = request.peer.remotePort ?? 0;
      this.requests.set(port, [...(this.requests.get(port) ?? []), request]);
      reply.respond({ status: 200, lines: "", holds: 0 }, "");
    }, options);
  }
}

describe("Connection answers the vectors", () => {
  const stages = new Stages();
  after(() => stages.close());
  before(() => assert.ok(vectors.length >= 250, `only ${vectors.length} vectors`));

  for (const vector of vectors) {
    it(vector.title, { timeout: 10_000 }, async () => {
      for (const pieces of splits(vector.sent)) await check(stages, vector, pieces);
    });
  }
});

async function check(stages: Stages, vector: Vector, pieces: readonly string[]): Promise<void> {
  const { port } = await stages.get(vector.options);
  const client = new Client(port);
  await new Promise((resolve) => client.socket.once("connect", resolve));
  const me = client.socket.localPort ?? 0;
  stages.requests.delete(me);
  let seen = "";
  client.socket.prependListener("data", (text: string) => {
    seen += text;
  });
  const sending = client.sendEach(pieces);
  for (const { method } of vector.requests) {
    const { status } = await client.answer(method === "HEAD");
    assert.equal(status, 200, `${vector.title}: ${seen}`);
  }
  if (vector.refused !== undefined) {
    const isToHead = vector.requests.length === 0 && vector.sent.startsWith("HEAD ");
    assert.equal((await client.answer(isToHead)).status, vector.refused);
  }
  await sending;
  if (vector.isOpen) {
    client.send(PROBE);
    assert.equal((await client.answer()).status, 200);
    assert.equal(stages.requests.get(me)?.pop()?.path, "/probe");
  } else await client.untilEnded();
  assert.equal(client.text, "", "nothing else may be answered");
  client.close();
  compare(vector, pieces, stages.requests.get(me) ?? [], seen);
}

function compare(
  vector: Vector,
  pieces: readonly string[],
  got: readonly Request[],
  seen: string,
): void {
  const requests = got.map((request, i) => ({
    method: request.method,
    path: request.path,
    protocol: request.protocol,
    query: request.query,
    authority: request.authority,
    fields: vector.requests[i]?.fields === undefined ? undefined : withoutHost(request.fields),
    body: bodyText(request),
  }));
  assert.deepEqual(requests, vector.requests);
  for (const { authority, fields } of got) {
    assert.equal(hostOf(fields) ?? authority, authority, "Host and authority are the same");
  }
  const interim = [...seen.matchAll(/HTTP\/1\.1 (1\d\d) /g)].map((found) => Number(found[1]));
  // A body that came with the head is not asked for, so what is expected is so for single bytes.
  if (pieces.length === 1) assert.deepEqual(interim, []);
  else if (pieces.length === vector.sent.length) assert.deepEqual(interim, vector.interim);
}

function hostOf(fields: readonly string[]): string | undefined {
  return fields.find((_, at) => fields[at - 1] === "host" && at % 2 === 1);
}

function withoutHost(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] !== "host") kept.push(fields[i] ?? "", fields[i + 1] ?? "");
  }
  return kept;
}

/** In one piece, byte by byte, and at three places that are always the same for the same text. */
function splits(text: string): string[][] {
  const all = [[text]];
  if (text.length <= 600) all.push([...text]);
  for (let seed = 1; seed <= 2; seed++) all.push(scattered(text, seed));
  return all;
}

function scattered(text: string, seed: number): string[] {
  const at = [1, 2, 3].map((n) => (text.length * ((seed * 7919 * n + n * 31) % 97)) / 97);
  const cuts = [0, ...at.map(Math.floor).sort((a, b) => a - b), text.length];
  return cuts
    .slice(1)
    .map((cut, i) => text.slice(cuts[i], cut))
    .filter((piece) => piece !== "");
}
