/**
 * What a worker can do when nothing else is in its way: feeds it batches of requests through its socket.
 *
 *     node --import tsx bench/worker.ts [seconds] [batch] [ruby arguments …]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { textFrame } from "../src/rack/frames.ts";
import { Inbox } from "../src/rack/inbox.ts";

const [seconds = "3", batch = "32", ...rubyArguments] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "gossamer-bench-"));
const path = join(folder, "front.sock");
const boot = fileURLToPath(new URL("../ruby/boot.rb", import.meta.url));
const app = `body = ["Hello World\\n"]
run ->(env) { [200, { "content-type" => "text/plain", "content-length" => "12" }, body] }
`;
const head = "GET\0/\0\0/\0HTTP/1.1\0http\x00127.0.0.1\x009292\x00127.0.0.1\0!\x00127.0.0.1:9292";
const requests = Buffer.concat(
  Array.from({ length: Number(batch) }, (_, n) => textFrame(0x01, n + 1, head)),
);
let answers = 0;

writeFileSync(join(folder, "config.ru"), app);
const server = createServer((socket) => socket.once("data", (hello) => greet(socket, hello)));
server.listen(path);
const settings = {
  role: "worker",
  socket: path,
  number: 1,
  generation: 1,
  threads: 1,
  workers: 1,
  app: folder,
  rackup: "config.ru",
  environment: "production",
};
const worker = spawn(
  "ruby",
  [...rubyArguments, boot, ...Object.entries(settings).map((pair) => pair.join("="))],
  { stdio: "inherit" },
);

function greet(socket: Socket, hello: Buffer): void {
  if (hello.subarray(8, 12).toString() === "slot") feed(socket);
  else socket.resume();
}

function feed(socket: Socket): void {
  let due = Number(batch);
  const inbox = new Inbox(() => {
    answers += 1;
    due -= 1;
    if (due > 0) return;
    due = Number(batch);
    socket.write(requests);
  });
  // The worker is killed in the middle of a batch.
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => inbox.push(chunk));
  socket.write(requests);
  setTimeout(measure, 500);
}

function measure(): void {
  const [startedMs, cpu] = [performance.now(), cpuMicros()];
  answers = 0;
  setTimeout(() => {
    const perSecond = Math.round((answers / (performance.now() - startedMs)) * 1000);
    const micros = ((cpuMicros() - cpu) / answers).toFixed(2);
    process.stdout.write(`${perSecond} requests/s, ${micros} µs of CPU each\n`);
    worker.kill("SIGKILL");
    server.close();
    rmSync(folder, { recursive: true });
    process.exitCode = 0;
  }, Number(seconds) * 1000);
}

/** User and system time of the worker so far, from /proc: in ticks of 10 ms. */
function cpuMicros(): number {
  const fields =
    readFileSync(`/proc/${worker.pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
