import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chown, lchown, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { PidFile } from "../../src/unix/index.ts";

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp("/tmp/gsm-");
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

test("PidFile#write leaves another's file alone, and says so", async (t) => {
  const path = join(await folder(t), "a.pid");
  await writeFile(path, "1");
  assert.throws(() => new PidFile(path).write(process.pid), {
    name: "PidFileError",
    message: `Cannot write the PID file ${path}: another server has just written it.`,
  });
});

test("PidFile#state believes no file that is neither root's nor the process's user's", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("Only root can give a file away");
  const place = await folder(t);
  const path = join(place, "a.pid");
  await writeFile(path, String(process.pid));
  const state = () => new PidFile(path).state(() => true);
  assert.deepEqual(state(), { kind: "running", pid: process.pid });
  await chown(path, 65_534, 65_534);
  assert.deepEqual(state(), { kind: "stale", pid: process.pid });
  // Nor a link of theirs to a file of root's.
  await writeFile(join(place, "b.pid"), String(process.pid));
  await rm(path);
  await symlink("b.pid", path);
  await lchown(path, 65_534, 65_534);
  assert.deepEqual(state(), { kind: "stale", pid: process.pid });
});

test("PidFile#remove removes what is there, minds nothing that is not, and says what it may not remove", async (t) => {
  const place = await folder(t);
  const path = join(place, "a.pid");
  await writeFile(path, "1");
  for (const _ of ["there", "gone"]) new PidFile(path).remove();
  assert.ok(!existsSync(path));
  await mkdir(path);
  assert.throws(() => new PidFile(path).remove(), {
    name: "PidFileError",
    message: `Cannot remove the PID file ${path}: it is a folder.`,
  });
});
