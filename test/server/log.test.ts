import assert from "node:assert/strict";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { start } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { appPath, ownFolder } from "./place.ts";

for (const preload of ["--preload", "--no-preload"]) {
  test(`USR1 opens the log anew for the front and every worker, and no line is lost (${preload})`, async (t) => {
    const folder = await ownFolder(t);
    const log = join(folder, "log", "app.log");
    const args = ["-w2", "-t1", "-p", "0", "--log", log, preload];
    const server = start(t, { app: appPath("deeds"), args });
    const text = async (file: string): Promise<string> =>
      await readFile(file, "utf8").catch(() => "");
    const sees = (pattern: RegExp, file = log): Promise<void> =>
      until(
        async () => pattern.test(await text(file)),
        10_000,
        async () => `${pattern}: ${await text(file)}`,
      );
    await sees(/Listening on/);
    const port = Number(/Listening on \S+:(\d+)/.exec(await text(log))?.[1]);
    const where = { port, socketPath: "" };
    const said: string[] = [];
    const say = async (words: string): Promise<void> => {
      assert.equal((await ask(where, `/say?${words}`)).text, "said");
      said.push(`said ${words}`, `told ${words}`);
    };
    for (let round = 1; round <= 3; round++) {
      for (let count = 0; count < 20; count++) await say(`${round}-${count}-before`);
      await rename(log, `${log}.${round}`);
      for (let count = 0; count < 20; count++) await say(`${round}-${count}-moved`);
      server.signal("SIGUSR1");
      for (let count = 0; count < 20; count++) await say(`${round}-${count}-after`);
      await sees(/Reopening/, `${log}.${round}`);
      // Both workers write to the new file, also one that has been started since.
      if (round === 2) {
        const [victim = 0] = (await inhabitants(server.pid)).workers;
        process.kill(victim, "SIGKILL");
        await sees(/is gone \(SIGKILL\)(?:.*\n)*.*is ready/);
      }
      let number = 0;
      const seen = async (): Promise<boolean> => {
        await say(`${round}-late-${number++}`);
        return (await text(log)).includes(`said ${round}-late-`);
      };
      await until(seen, 10_000, () => "no worker writes to the new log");
    }
    server.signal("SIGTERM");
    assert.equal((await server.exited).code, 0);
    const all = (await Promise.all(["", ".1", ".2", ".3"].map((end) => text(log + end)))).join("");
    const lines = new Set(all.split("\n"));
    assert.deepEqual(
      said.filter((line) => !lines.has(line)),
      [],
    );
    assert.equal(server.stdout() + server.stderr(), "");
  });
}
