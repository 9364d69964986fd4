import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until, untilStopped } from "../harness/processes.ts";
import { appFolder, start } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { ownFolder } from "./place.ts";

/** Holds a Ruby process of ours up before it greets the front, until it may go on. */
const GATE = `
if ARGV.any? { |word| word.start_with?("role=") }
  File.write(File.join(ENV.fetch("GATE"), "there"), "")
  sleep 0.005 until File.exist?(File.join(ENV.fetch("GATE"), "go"))
end
`;

/** An app that says when its process has told the front what there is to tell, and only waits for it any more. */
const APP = `
Thread.new do
  sleep 0.005 until Thread.main.backtrace.to_a.first(4).join.match?(/mold\\.rb.*pop|worker\\.rb.*lines/)
  File.write(File.join(ENV.fetch("GATE"), "waits"), "")
end
run ->(_) { [200, {}, ["hi"]] }
`;

/** A busy machine may run the front so late that all that a process of ours has said is there at once. */
for (const preload of ["--preload", "--no-preload"]) {
  test(`A front that hears a greeting late hears all that came with it (${preload})`, async (t) => {
    const gate = await ownFolder(t);
    await writeFile(join(gate, "gate.rb"), GATE);
    const comes = (name: string): Promise<void> =>
      until(
        () => existsSync(join(gate, name)),
        20_000,
        () => `${name} does not come`,
      );
    const env = { GATE: gate, RUBYOPT: `-r${join(gate, "gate.rb")}` };
    const app = await appFolder(t, APP);
    const server = start(t, { app, args: ["-w1", "-t1", preload], env });
    await comes("there");
    server.signal("SIGSTOP");
    await untilStopped(server.pid);
    await writeFile(join(gate, "go"), "");
    await comes("waits");
    server.signal("SIGCONT");
    const [, port = ""] = await server.waitForLine(/Listening on \S+:(\d+)/);
    assert.equal((await ask({ port: Number(port), socketPath: "" }, "/")).text, "hi");
    assert.equal((await server.stop()).code, 0);
  });
}
