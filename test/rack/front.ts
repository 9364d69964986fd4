// A front that is there to be killed: starts a worker, gives it a request, and says who is who.
import { NATIVE_DEFAULTS, NativeEngine } from "../../src/rack/index.ts";
import { request, TestReply } from "./harness.ts";

const [folder = "", preload] = process.argv.slice(2);
const engine = new NativeEngine({
  ...NATIVE_DEFAULTS,
  memoryBytesOf: async () => undefined,
  rubyCommand: ["ruby"],
  appFolder: folder,
  preload: preload === "preload",
  env: process.env,
  emit: () => undefined,
  page: () => ({ contentType: "text/plain", text: "" }),
});
engine.start(1, 1, {
  ready: (worker) => {
    worker.slots[0]?.send({ request: request(), reply: new TestReply(), queuedAtMs: 0 });
    process.stdout.write(`${worker.pid}\n`);
  },
  answered: () => undefined,
  deferred: () => undefined,
  answeredLater: () => undefined,
  returned: () => undefined,
  gone: () => undefined,
});
// It ends with the test that started it, however that ends.
process.stdin.on("end", () => process.exit()).resume();
