import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { bothSides, type Side } from "./side.ts";

const APP = `
run lambda { |env|
  case env["PATH_INFO"]
  when "/raise" then raise "boom"
  when "/nil" then [200, { "content-type" => "text/plain" }, nil]
  else [200, { "content-type" => "text/plain", "content-length" => "3" }, ["hi\\n"]]
  end
}
`;

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly lines: readonly string[];
}

/** What a server in the foreground logs of these bytes, each sent on a connection of its own until that is closed. */
async function logOf(
  t: TestContext,
  side: Side,
  words: readonly string[],
  requests: readonly string[] = [],
): Promise<Said> {
  const running = side.start("start", "-S", side.socket, ...words);
  await side.answer();
  for (const bytes of requests) {
    const client = await RawClient.open(t, { path: side.socket });
    client.send(bytes);
    await client.rest();
    client.socket.destroy();
  }
  running.signal("SIGINT");
  const { code } = await running.exited;
  const stdout = running.stdout();
  return { code, stdout, lines: side.lines(stdout) };
}

function closing(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
}

/** Does the same on both sides; resolves with what was seen on each. */
async function seen<T>(t: TestContext, see: (side: Side) => Promise<T>): Promise<readonly T[]> {
  return await Promise.all((await bothSides(t, APP)).map(see));
}

async function same(t: TestContext, see: (side: Side) => Promise<unknown>): Promise<void> {
  const [thin, ours] = await seen(t, see);
  assert.deepEqual(ours, thin);
}

test("thin logs an app that raises in Thin's words, with its backtrace behind tabs", async (t) => {
  await same(t, async (side) => {
    const { stdout } = await logOf(t, side, [], [closing("/raise")]);
    const [, message, place] =
      /^(?:\S+ ){3}(Unexpected error while processing request: boom)\n\t\S*?(config\.ru:\d+):/m.exec(
        stdout,
      ) ?? [];
    const endsBlank = /Unexpected error.*\n(?:\t.*\n)+\n/.test(stdout);
    return [message, place, endsBlank];
  });
});

test("thin logs a request that is none in Thin's words", async (t) => {
  const sides = await seen(t, async (side) => {
    const { lines } = await logOf(t, side, [], ["BAD\r\n\r\n"]);
    return lines.filter((line) => line.startsWith("Invalid request: "));
  });
  for (const lines of sides) {
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^Invalid request: Invalid HTTP format, parsing fails\./);
  }
});

test("thin logs a body that is nil in Thin's words", async (t) => {
  await same(t, async (side) => {
    const { stdout } = await logOf(t, side, [], [closing("/nil")]);
    const words =
      "Rack application returned nil body. Probably you wanted it to be an empty string?";
    return [stdout.includes(words), /^\S+ \S+ \S+ Unexpected error while processing/m.test(stdout)];
  });
});

test("thin check 37: -V traces what comes and what goes", async (t) => {
  await same(t, async (side) => {
    const { code, lines } = await logOf(t, side, ["-V"], [closing("/traced")]);
    const at = lines.findIndex((line) => line.startsWith("GET /traced"));
    const raw = lines
      .slice(at)
      .filter((line) => /^(GET|Host|Connection|HTTP|content-type|hi)/.test(line));
    return [code, lines.indexOf("Tracing ON"), raw.map((line) => line.trim())];
  });
});

test("thin -D says so in its banner", async (t) => {
  await same(t, async (side) => {
    const { lines } = await logOf(t, side, ["-D"]);
    return lines.indexOf("Debugging ON");
  });
});

test("thin -q says nothing, and a stale PID file is no exception", async (t) => {
  await same(t, async (side) => {
    const { code, stdout } = await logOf(t, side, ["-q"]);
    await mkdir(join(side.folder, "tmp/pids"), { recursive: true });
    await writeFile(join(side.folder, "tmp/pids/thin.pid"), "4194304");
    const went = await side.run("start", "-q", "-d", "-S", side.socket);
    await side.answer();
    return [code, stdout, went.code, went.stdout];
  });
});

test("thin check 37: -q -V is refused with Thin's words", async (t) => {
  await same(t, async (side) => {
    const { code, stdout, stderr } = await side.run("start", "-q", "-V", "-S", side.socket);
    const words = "trace logger must respond to level (ArgumentError)";
    return [code, stdout, stderr.some((line) => line.includes(words))];
  });
});

test("thin -b with a class that is none is refused", async (t) => {
  await same(t, async (side) => (await side.run("start", "-b", "Foo", "-S", side.socket)).code);
});

test("thin check 48: --max-persistent-conns keeps one connection open, and closes the other after its answer", async (t) => {
  await same(t, async (side) => {
    const running = side.start("start", "-S", side.socket, "--max-persistent-conns", "1");
    await side.answer();
    const first = await RawClient.open(t, { path: side.socket });
    first.get("/");
    const answers = [(await first.read()).text];
    const second = await RawClient.open(t, { path: side.socket });
    second.get("/");
    answers.push((await second.read()).text, (await second.rest()).toString());
    first.get("/");
    answers.push((await first.read()).text);
    first.socket.destroy();
    second.socket.destroy();
    running.signal("SIGINT");
    await running.exited;
    return answers;
  });
});

test("thin says for whom it waits when it is told to stop", async (t) => {
  await same(t, async (side) => {
    const running = side.start("start", "-S", side.socket, "-t", "7");
    await side.answer();
    const client = await RawClient.open(t, { path: side.socket });
    client.send("GET / HTTP/1.1\r\nHo");
    // Only what has been accepted is waited for, and who answers on another connection has accepted this one.
    await side.answer();
    running.signal("SIGQUIT");
    await running.waitForLine(/ connection\(s\) to finish/);
    client.socket.destroy();
    const { code } = await running.exited;
    const said = side.lines(running.stdout()).filter((line) => line.startsWith("Waiting"));
    // Connections that are about to be closed count or not, as luck has it.
    return [code, said.map((line) => line.replace(/\d+ connection/, "N connection"))];
  });
});

test("thin says in the log of a daemon that it restarts, and who it is that ends", async (t) => {
  await same(t, async (side) => {
    await side.run("start", "-d", "-S", side.socket, "--tag", "logs");
    await side.answer();
    const log = (): Promise<string> => side.file("log/thin.log");
    process.kill(await side.pid(), "SIGHUP");
    await until(async () => /Restarting \.\.\.\n/.test(await log()), 20_000, log);
    // Thin's successor may find the socket taken and end; that is told elsewhere.
    return side
      .lines(await log())
      .filter((line) => /^(Writing|Restarting)/.test(line))
      .slice(0, 2);
  });
});
