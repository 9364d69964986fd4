import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { NativeOptions } from "../../src/rack/index.ts";
import { type Bench, bench, request, TestReply } from "./harness.ts";

/** Runs `body` with an engine, and closes it whatever happens. */
async function withApp(
  source: string,
  body: (app: Bench) => Promise<void>,
  options: Partial<NativeOptions> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const app = await bench(source, options, files);
  try {
    await body(app);
  } finally {
    await app.close();
  }
}

const HELLO = 'run ->(env) { [200, {}, ["hello from #{Process.pid}"]] }';

describe("NativeEngine loads", () => {
  const broken: Record<string, [string, RegExp]> = {
    "an app that raises": [
      '\n\nraise "no database"',
      /no database \(RuntimeError\) at .*config.ru:3/,
    ],
    "an app with a syntax error": ["run(\n", /config.ru:\d+.*syntax error/s],
    "an app that exits": ["exit 7", /exit \(SystemExit\) at .*config.ru:1/],
    "a gem that is missing": ['require "no_such_thing"', /cannot load such file -- no_such_thing/],
    "something that is no app": ["run 42", /does not respond to `call`/],
  };
  for (const [name, [source, message]] of Object.entries(broken)) {
    for (const preload of [false, true]) {
      test(`${name}, and says why ${preload ? "with" : "without"} a mold`, async () => {
        await withApp(
          source,
          async (app) => {
            await assert.rejects(app.worker(), { message });
          },
          { preload },
        );
      });
    }
  }

  test("a rackup file that is not there, and says so", async () => {
    await withApp(HELLO, async (app) => assert.rejects(app.worker(), /There is no .*other.ru/), {
      rackup: "other.ru",
    });
  });

  test("a .rb by the constant that it is named for", async () => {
    const files = { "my_app.rb": "class MyApp\n  def self.call(env) = [200, {}, ['mine']]\nend\n" };
    const check = async (app: Bench): Promise<void> => {
      assert.equal((await app.get(await app.worker())).body, "mine");
    };
    await withApp(HELLO, check, { rackup: "my_app.rb" }, files);
  });

  test("a config.ru without Rack: use, map, run with a block", async () => {
    const source = `
      class Shout
        def initialize(app, mark:) = (@app, @mark = app, mark)
        def call(env) = @app.call(env).tap { |_, headers, _| headers["x-mark"] = @mark }
      end
      use Shout, mark: "!"
      map("/a") { run { |env| [200, {}, [env["SCRIPT_NAME"], " ", env["PATH_INFO"]]] } }
      run { |env| [200, {}, ["outside"]] }
    `;
    const files = { Gemfile: "" };
    const check = async (app: Bench): Promise<void> => {
      const worker = await app.worker();
      const reply = await app.get(worker, "/a/b");
      assert.equal(reply.body, "/a /b");
      assert.deepEqual(reply.header("x-mark"), ["!"]);
      assert.equal((await app.get(worker, "/abc")).body, "outside");
    };
    await withApp(source, check, {}, files);
  });

  for (const name of ["Gemfile", "gems.rb"]) {
    test(`the bundle of the nearest ${name} first`, async () => {
      const source =
        'run ->(_) { [200, {}, [ENV["BUNDLE_GEMFILE"], " ", defined?(Bundler::VERSION).to_s]] }';
      const check = async (app: Bench): Promise<void> => {
        const { body } = await app.get(await app.worker());
        assert.equal(body, `${join(app.folder, name)} constant`);
      };
      await withApp(source, check, {}, { [name]: "" });
    });
  }

  test("no longer than it may", async () => {
    const check = (app: Bench): Promise<void> =>
      assert.rejects(app.worker(), /took longer than 0.3 s/);
    await withApp("sleep", check, { bootTimeoutMs: 300 });
  });
});

describe("NativeWorker", () => {
  test("runs as many calls at a time as it has threads", async () => {
    const source = `
      queue = Queue.new
      run ->(env) { env["PATH_INFO"] == "/wait" ? [200, {}, [queue.pop]] : (queue << "told"; [200, {}, [env["rack.multithread"].to_s]]) }
    `;
    const check = async (app: Bench): Promise<void> => {
      const worker = await app.worker();
      assert.equal(worker.slots.length, 3);
      const waiting = [
        app.send(worker, request("/wait"), 0),
        app.send(worker, request("/wait"), 1),
      ];
      assert.equal((await app.send(worker, request("/tell"), 2).done()).body, "true");
      app.send(worker, request("/tell"), 2);
      for (const reply of waiting) assert.equal((await reply.done()).body, "told");
    };
    await withApp(source, check, { threads: 3 });
  });

  test("shows an app nothing of other requests, however it shows its env", async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("body");
    }
    const stream = { kind: "stream", chunks: chunks(), sizeBytes: undefined } as const;
    await withApp("run ->(env) { [200, {}, [env.inspect]] }", async (app) => {
      const worker = await app.worker();
      const mine = await app.get(worker, "/mine", { fields: ["cookie", "session=s3cret"] });
      assert.match(mine.body, /session=s3cret/);
      for (const body of [{ kind: "none" }, stream] as const) {
        const { body: shown } = await app.get(worker, "/yours", { body });
        assert.match(shown, /"PATH_INFO"=>"\/yours"/);
        assert.doesNotMatch(shown, /s3cret|mine/);
      }
    });
  });

  test("answers a batch in order", async () => {
    await withApp('run ->(env) { [200, {}, [env["PATH_INFO"]]] }', async (app) => {
      const worker = await app.worker();
      const replies = Array.from({ length: 200 }, (_, n) => app.send(worker, request(`/${n}`)));
      for (const [n, reply] of replies.entries()) assert.equal((await reply.done()).body, `/${n}`);
    });
  });

  test("finishes what it has when it retires, and runs at_exit", async () => {
    const source = `
      at_exit { File.write("left", "yes") }
      run ->(env) { sleep 0.2; [200, {}, ["late"]] }
    `;
    for (const preload of [false, true]) {
      await withApp(
        source,
        async (app) => {
          const worker = await app.worker();
          const reply = app.send(worker, request());
          worker.retire();
          assert.equal((await reply.done()).body, "late");
          assert.equal((await app.left(worker)).reason, "exit 0");
          assert.equal(await readFile(join(app.folder, "left"), "latin1"), "yes");
        },
        { preload },
      );
    }
  });

  test("says what its threads are doing", async () => {
    const source = "def nap = sleep\nrun ->(env) { File.write('napping', ''); nap }";
    await withApp(source, async (app) => {
      const worker = await app.worker();
      app.send(worker, request());
      while (!existsSync(join(app.folder, "napping"))) await new Promise(setImmediate);
      assert.match(await worker.inspect(2_000), /config.ru:1:in [`'].*nap'/);
      assert.ok(((await worker.memoryBytes()) ?? 0) > 1_000_000);
    });
  });

  test("hands its calls back when it dies", async () => {
    await withApp("run ->(env) { Process.kill(:KILL, Process.pid) }", async (app) => {
      const worker = await app.worker();
      app.send(worker, request("/first"));
      app.send(worker, request("/second"));
      const departure = await app.left(worker);
      assert.equal(departure.reason, "SIGKILL");
      assert.equal(departure.begun.length + departure.unseen.length, 2);
      assert.equal(departure.begun[0]?.request.path, "/first");
      assert.deepEqual(worker.slots.length, 1);
    });
  });

  test("is ended by kill, whatever it does", async () => {
    await withApp("run ->(env) { loop {} }", async (app) => {
      const worker = await app.worker();
      app.send(worker, request());
      worker.kill();
      assert.equal((await app.left(worker)).reason, "SIGKILL");
    });
  });
});

describe("A response", () => {
  test("that HTTP cannot say is the app's failure", async () => {
    const responses: Record<string, string> = {
      "/split": '[200, { "x-a" => "b\\r\\nx-c: d" }, []]',
      "/nul": '[200, { "x-a" => "b\\0" }, []]',
      "/name": '[200, { "x a" => "b" }, []]',
      "/short": '[200, { "content-length" => "5" }, ["abc"]]',
      "/word": '[200, { "content-length" => "five" }, ["abc"]]',
      "/status": "[42, {}, []]",
      "/body": "[200, {}, [:symbol]]",
      "/nothing": "nil",
    };
    const cases = Object.entries(responses).map(([path, code]) => `"${path}" => -> { ${code} }`);
    await withApp(
      `ALL = { ${cases.join(", ")} }\nrun ->(env) { ALL[env["PATH_INFO"]].call }`,
      async (app) => {
        const worker = await app.worker();
        for (const path of Object.keys(responses)) {
          assert.equal((await app.get(worker, path)).outcome, "fail", path);
        }
      },
    );
  });

  test("that ends early or late is cut", async () => {
    const source = `
      run ->(env) { [200, { "content-length" => "5" }, env["PATH_INFO"] == "/short" ? %w[a b].each : %w[abc def].each] }
    `;
    await withApp(source, async (app) => {
      const worker = await app.worker();
      assert.equal((await app.get(worker, "/short")).outcome, "cut");
      assert.equal((await app.get(worker, "/long")).outcome, "cut");
    });
  });

  test("of an app that raises shows everything in development, but secrets", async () => {
    await withApp('run ->(env) { raise "a <b> c" }', async (app) => {
      const fields = ["cookie", "s3cret=1", "x-api-key", "s3cret2", "accept", "<all>"];
      const reply = await app.get(await app.worker(), "/?password=s3cret3&a=1", { fields });
      const page = reply.page?.text ?? "";
      assert.match(page, /RuntimeError: a &lt;b&gt; c/);
      assert.match(page, /<mark> +1 {2}run -&gt;\(env\)/);
      assert.match(page, /&lt;all&gt;/);
      assert.doesNotMatch(page, /s3cret/);
    });
  });

  test("of an app that raises shows nothing in production", async () => {
    const check = async (app: Bench): Promise<void> => {
      const reply = await app.get(await app.worker());
      assert.equal(reply.page?.text, "Internal Server Error\n");
    };
    await withApp('run ->(env) { raise "secret" }', check, { environment: "production" });
  });

  test("of an app that raises is Thin's for who imitates Thin, also in development", async () => {
    const check = async (app: Bench): Promise<void> => {
      const reply = await app.get(await app.worker());
      assert.equal(reply.page?.text, "Internal server error");
    };
    await withApp('run ->(env) { raise "secret" }', check, { imitate: "thin" });
  });

  test("streams at once, waits for room, and ends with the client", async () => {
    const source = `
      class Endless
        def each
          n = 0
          loop { yield((n += 1).to_s.rjust(65_536)); File.write("wrote", n.to_s) }
        rescue IOError => error
          File.write("error", error.message)
          raise
        end
        def close = File.write("closed", "yes", mode: "a")
      end
      run ->(env) { env["PATH_INFO"] == "/" ? [200, {}, Endless.new] : [200, {}, ["next"]] }
    `;
    await withApp(source, async (app) => {
      const worker = await app.worker();
      const reply = new TestReply();
      reply.takesMore = false;
      app.send(worker, request("/"), 0, reply);
      await reply.until(({ chunks }) => Buffer.concat(chunks).length >= 1 << 20);
      const held = Buffer.concat(reply.chunks).length;
      assert.equal(held, 1 << 20);
      reply.takesMore = true;
      reply.onDrain?.();
      await reply.until(({ chunks }) => Buffer.concat(chunks).length > 3 << 20);
      reply.leave();
      assert.equal((await app.get(worker, "/next")).body, "next");
      assert.equal(await readFile(join(app.folder, "error"), "latin1"), "The client has left.");
      assert.equal(await readFile(join(app.folder, "closed"), "latin1"), "yes");
      assert.equal(app.facts.filter(({ type }) => type === "app-failed").length, 0);
    });
  });
});

describe("A mold", () => {
  test("forks workers that share what it loaded", async () => {
    const source = 'LOADED = Process.pid\nrun ->(env) { [200, {}, ["#{LOADED} #{Process.pid}"]] }';
    const check = async (app: Bench): Promise<void> => {
      const workers = [await app.worker(1), await app.worker(2)];
      const bodies = await Promise.all(
        workers.map(async (one) => (await app.get(one)).body.split(" ")),
      );
      assert.equal(bodies[0]?.[0], bodies[1]?.[0]);
      assert.deepEqual(
        bodies.map((body) => Number(body[1])),
        workers.map(({ pid }) => pid),
      );
      workers[0]?.kill();
      assert.equal((await app.left(workers[0] as never)).reason, "SIGKILL");
    };
    await withApp(source, check, { preload: true });
  });

  test("that dies leaves its workers alone, and another takes its place", async () => {
    const check = async (app: Bench): Promise<void> => {
      const first = await app.worker(1);
      const fact = app.facts.find((one) => one.type === "mold-ready");
      process.kill(fact?.type === "mold-ready" ? (fact.pid ?? 0) : 0, "SIGKILL");
      await app.until(() => app.facts.some(({ type }) => type === "mold-gone"));
      assert.match((await app.get(first)).body, /^hello/);
      const second = await app.worker(2);
      assert.match((await app.get(second)).body, /^hello/);
      first.retire();
      await app.left(first);
    };
    await withApp(HELLO, check, { preload: true });
  });

  test("of a new generation loads the app anew, or says why it does not", async () => {
    const source =
      'VERSION = File.read("version")\nraise "bad version" if VERSION == "3"\nrun ->(env) { [200, {}, [VERSION]] }';
    const check = async (app: Bench): Promise<void> => {
      const { writeFile } = await import("node:fs/promises");
      const version = join(app.folder, "version");
      const first = await app.worker(1, 1);
      await writeFile(version, "2");
      await app.engine.renew(2);
      const second = await app.worker(1, 2);
      assert.equal((await app.get(first)).body, "1");
      assert.equal((await app.get(second)).body, "2");
      await writeFile(version, "3");
      await assert.rejects(app.engine.renew(3), /bad version/);
      assert.equal((await app.get(await app.worker(2, 2))).body, "2");
    };
    await withApp(source, check, { preload: true }, { version: "1" });
  });
});
