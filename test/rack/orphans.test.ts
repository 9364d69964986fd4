import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const apps: Record<string, string> = {
  "in a sleep": "run ->(env) { File.write('begun', ''); sleep }",
  "in a loop": "run ->(env) { File.write('begun', ''); loop {} }",
  "in a C call that holds the GVL": `
    require "fiddle"
    naps = Fiddle::Function.new(Fiddle.dlopen(nil)["sleep"], [Fiddle::TYPE_INT], Fiddle::TYPE_INT, need_gvl: true)
    run ->(env) { File.write("begun", ""); naps.call(600) }
  `,
};

for (const [name, source] of Object.entries(apps)) {
  for (const preload of ["alone", "preload"]) {
    test(`A front killed by -9 leaves nothing behind: worker ${name}, ${preload}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), "gossamer-orphans-"));
      const run = join(folder, "run");
      await mkdir(run, { mode: 0o700 });
      await writeFile(join(folder, "config.ru"), source);
      const front = spawn(
        process.execPath,
        ["--import", "tsx", join(import.meta.dirname, "front.ts"), folder, preload],
        { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, TMPDIR: run } },
      );
      const pid = Number(await new Promise((resolve) => front.stdout.once("data", resolve)));
      await until(async () => existsSync(join(folder, "begun")));
      assert.equal((await foldersIn(run)).length, 1);
      const before = await family(run);
      assert.ok(before.includes(pid));
      front.kill("SIGKILL");
      const killedAtMs = performance.now();
      await until(
        async () => (await foldersIn(run)).length === 0 && (await family(run)).length === 0,
      );
      assert.ok(performance.now() - killedAtMs < 2_000);
      await rm(folder, { recursive: true });
    });
  }
}

/** Every process that knows this folder: by its command line or its environment. */
async function family(folder: string): Promise<number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const read = (path: string): Promise<string> => readFile(path, "latin1").catch(() => "");
  const known = await Promise.all(
    pids.map(async (pid) => {
      const said = (await read(`/proc/${pid}/cmdline`)) + (await read(`/proc/${pid}/environ`));
      const isGone = /^State:\s+Z/m.test(await read(`/proc/${pid}/status`));
      return said.includes(folder) && !isGone;
    }),
  );
  return pids.filter((_, index) => known[index]).map(Number);
}

async function until(test: () => Promise<boolean>): Promise<void> {
  while (!(await test())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Our private folders; what runs the test has one of its own there. */
async function foldersIn(run: string): Promise<string[]> {
  return (await readdir(run)).filter((name) => name.startsWith("gossamer-"));
}
