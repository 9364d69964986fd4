import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { until } from "../harness/processes.ts";
import { keep } from "./kept.ts";

const OFTEN = {
  name: "always_true",
  place: { file: "app.pill", line: 1 },
  everyMs: 1_000,
} as const;

/** Prints `line 1`, `line 2` and so on, of ten letters each. */
const PRINTS =
  'n=100000; while :; do n=$((n+1)); echo "line $n"; [ $((n % 2)) = 0 ] || echo "also $n" >&2; sleep 0.005; done';

describe("log_rotate", { concurrency: true }, () => {
  test("what a process prints begins anew at its size, by whom the process runs as, and so many old ones stay", async (t) => {
    const shared = await keep(t, { none: { startCommand: ["sleep", "9"], autoStart: false } });
    await chmod(shared.folder, 0o777);
    const isRoot = process.geteuid?.() === 0;
    const out = join(shared.folder, "out");
    const kept = await keep(t, {
      web: {
        startCommand: ["/bin/sh", "-c", PRINTS],
        stdout: out,
        stderr: out,
        umask: 0o27,
        logRotate: { limitBytes: 1_000, keep: 2 },
        ...(isRoot ? { uid: "nobody" } : {}),
      },
    });
    const rotated = () => kept.facts.filter(({ type }) => type === "output-rotated").length;
    await until(
      () => rotated() >= 3,
      20_000,
      () => JSON.stringify(kept.facts.slice(-5)),
    );
    await kept.application.carryOut("stop", []);
    assert.deepEqual(
      (await readdir(shared.folder)).filter((name) => name.startsWith("out")).sort(),
      ["out", "out.1", "out.2"],
    );
    const old = await Promise.all(
      [`${out}.2`, `${out}.1`, out].map((path) => readFile(path, "utf8")),
    );
    for (const text of old.slice(0, 2)) assert.ok(text.length > 1_000, `${text.length} bytes`);
    const numbers = [...old.join("").matchAll(/^line (\d+)$/gm)].map(([, number]) =>
      Number(number),
    );
    const jumps = numbers.filter(
      (number, index) => index > 0 && number !== (numbers[index - 1] ?? 0) + 1,
    );
    assert.ok(jumps.length <= 2, `lines are missing before ${jumps.join(", ")}`);
    const { mode, uid } = await stat(`${out}.1`);
    assert.equal(mode & 0o777, 0o640);
    assert.equal(uid, (await stat(out)).uid);
    assert.equal(uid === process.geteuid?.(), !isRoot);
  });

  test("a file that cannot be rotated is told of once, and grows on", async (t) => {
    const shared = await keep(t, { none: { startCommand: ["sleep", "9"], autoStart: false } });
    const out = join(shared.folder, "out");
    // Nothing can be put in the place of a folder.
    await mkdir(`${out}.1`);
    const kept = await keep(t, {
      web: {
        startCommand: ["/bin/sh", "-c", PRINTS],
        stdout: out,
        logRotate: { limitBytes: 100, keep: 1 },
        checks: [{ ...OFTEN, times: [1, 1], fires: ["restart"], kind: { type: "always_true" } }],
      },
    });
    const told = (type: string) => kept.facts.filter((fact) => fact.type === type);
    await until(
      () => told("output-not-rotated").length > 0,
      20_000,
      () => "nothing was said",
    );
    const looks = told("check-sampled").length;
    await until(
      () => told("check-sampled").length >= looks + 3,
      20_000,
      () => "no looks",
    );
    const [fact, ...more] = told("output-not-rotated");
    assert.ok(
      fact?.type === "output-not-rotated" && fact.reason.includes(`${out}.1`),
      JSON.stringify(fact),
    );
    assert.deepEqual(more, []);
    assert.ok((await stat(out)).size > 300);
  });
});
