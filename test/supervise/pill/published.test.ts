import assert from "node:assert/strict";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type AppDescription,
  evaluatePill,
  type PillContent,
  type ProcessDescription,
} from "../../../src/supervise/index.ts";
import { temporaryFolder } from "./folder.ts";
import { only } from "./harness.ts";

const PILLS = resolve(import.meta.dirname, "../../fixtures/pills");

/** A pill as people have them, with its app in a folder. */
async function read(t: TestContext, name: string): Promise<PillContent & { folder: string }> {
  const folder = await temporaryFolder(t);
  const env = { ...process.env, APP_ROOT: folder, BLUEPILL_BASE_DIR: join(folder, "base") };
  return { folder, ...(await evaluatePill(join(PILLS, name), { cwd: folder, env })) };
}

function named(app: AppDescription, name: string): ProcessDescription {
  return only(app.processes.filter((one) => one.name === name));
}

const kindsOf = ({ checks }: Pick<ProcessDescription, "checks">): readonly string[] =>
  checks.map(({ name, everyMs, times, fires }) => `${name} ${everyMs} ${times} ${fires}`);

test("a pill for Unicorn is read", async (t) => {
  const { apps, warnings, folder } = await read(t, "unicorn.pill");
  const app = only(apps);
  assert.equal(app.name, "app_production");
  const unicorn = only(app.processes);
  assert.deepEqual(unicorn.startCommand, [
    "/usr/bin/env",
    `BUNDLE_GEMFILE=${folder}/Gemfile`,
    ...["bundle", "exec", "unicorn", "-Dc", "config/unicorn.rb", "-E", "production"],
  ]);
  assert.deepEqual(unicorn.stopCommand, ["kill", "-QUIT", "{{PID}}"]);
  assert.deepEqual([unicorn.startGraceMs, unicorn.restartGraceMs], [8_000, 13_000]);
  assert.equal(unicorn.daemonize, false);
  assert.deepEqual(unicorn.children && kindsOf(unicorn.children), [
    "mem_usage 10000 3,4 stop",
    "cpu_usage 10000 3,4 stop",
  ]);
  assert.equal(unicorn.children?.startGraceMs, 8_000);
  assert.deepEqual(warnings, []);
});

test("a pill for Puma, with what is new, is read", async (t) => {
  const { apps, warnings, folder } = await read(t, "puma.pill");
  const app = only(apps);
  assert.deepEqual(
    [app.logFile, app.baseDir],
    [join(folder, "log/bluepill.log"), join(folder, "tmp/bluepill")],
  );
  assert.deepEqual(named(app, "db").startCommand, ["postgres", "-D", join(folder, "my data")]);
  const puma = named(app, "puma");
  assert.deepEqual(puma.startCommand.slice(-2), ["-p", "9292"]);
  assert.equal(puma.pidFile, join(folder, "tmp/pids/puma.pid"));
  assert.equal(puma.stderr, join(folder, "log/puma.log"));
  assert.deepEqual([puma.umask, puma.dependsOn, puma.notifyReady], [0o027, ["db"], true]);
  assert.deepEqual(puma.backoff, { firstMs: 1_000, ceilingMs: 120_000, forgiveAfterMs: 60_000 });
  assert.deepEqual(kindsOf(puma), [
    "http 30000 2,3 restart",
    "mem_growth 60000 1,1 restart",
    "connect 5000 1,1 restart",
  ]);
  assert.deepEqual(warnings, []);
});

test("a pill for workers of queues is read", async (t) => {
  const { apps, warnings, folder } = await read(t, "workers.pill");
  const app = only(apps);
  assert.deepEqual(
    app.processes.map(({ name, group }) => [name, group]),
    [
      ["sidekiq_mailers_1", "sidekiq"],
      ["sidekiq_mailers_2", "sidekiq"],
      ["sidekiq_default_1", "sidekiq"],
      ["resque", "resque"],
      ["delayed_job", undefined],
    ],
  );
  const sidekiq = named(app, "sidekiq_mailers_2");
  assert.deepEqual([sidekiq.workingDir, sidekiq.stopGraceMs], [folder, 30_000]);
  assert.match(sidekiq.pidFile, /base\/pids\/workers\/sidekiq_mailers_2\.pid$/);
  assert.deepEqual(named(app, "resque").startCommand, [
    "/bin/sh",
    "-c",
    `cd ${folder} && exec env QUEUE=* VERBOSE=1 bundle exec rake resque:work`,
  ]);
  const job = named(app, "delayed_job");
  assert.deepEqual(job.startCommand, [
    "/usr/bin/env",
    "RAILS_ENV=production",
    "script/delayed_job",
    "start",
  ]);
  const { kind } = only(job.checks);
  assert.deepEqual(kind, {
    type: "file_time",
    filename: join(folder, "log/heartbeat"),
    belowMs: 120_000,
  });
  assert.deepEqual(warnings, []);
});

test("a pill for a farm of Thins is read", async (t) => {
  const { apps, folder } = await read(t, "thin_farm.pill");
  const { processes } = only(apps);
  assert.equal(processes.length, 3);
  for (const [index, thin] of processes.entries()) {
    const port = 3000 + index;
    assert.equal(thin.pidFile, `${folder}/tmp/pids/thin.${port}.pid`);
    assert.ok(thin.startCommand.includes(thin.pidFile));
    assert.equal(thin.besideOthers.restart, false);
    assert.deepEqual(kindsOf(thin), ["running_time 300000 1,1 restart", "http 30000 2,2 restart"]);
  }
});

test("a pill for services with scripts of their own is read", async (t) => {
  const { apps } = await read(t, "services.pill");
  const apache = named(only(apps), "apache2");
  assert.deepEqual(apache.startCommand, ["/etc/init.d/apache2", "start"]);
  assert.deepEqual(apache.restartCommand, ["/etc/init.d/apache2", "restart"]);
  assert.deepEqual(
    [apache.startGraceMs, apache.stopGraceMs, apache.restartGraceMs],
    [10_000, 10_000, 10_000],
  );
});

test("a pill that foreman has exported is read, and gets the port that it names", async (t) => {
  const { apps, warnings } = await read(t, "foreman.pill");
  const web = only(only(apps).processes);
  assert.deepEqual(web.startCommand.slice(3), ["start", "-p", "5000", "-e", "production"]);
  assert.equal(web.group, "shop-web");
  assert.deepEqual(
    web.stopSignals?.map(({ signal, graceMs }) => `${signal} ${graceMs}`),
    ["QUIT 30000", "TERM 5000", "KILL 10000"],
  );
  assert.deepEqual(web.children?.stopCommand, ["kill", "{{PID}}"]);
  assert.equal(web.uid, userInfo().username);
  assert.deepEqual(warnings, []);
});

test("a pill with the mistakes of many is read, with a warning for each", async (t) => {
  const { apps, warnings } = await read(t, "receiverless.pill");
  const unicorn = only(only(apps).processes);
  assert.equal(unicorn.uid, undefined);
  assert.ok(unicorn.startCommand.includes("/www/current/config/unicorn.rb"));
  assert.deepEqual(unicorn.children && kindsOf(unicorn.children), ["mem_usage 5000 3,5 stop"]);
  assert.deepEqual(
    warnings.map(({ message, place }) => [message.split(" ")[0], place?.line]),
    [
      ["term_command", 13],
      ["kill_command", 14],
      [":term", 15],
      ["`uid", 3],
      ["`gid", 3],
    ],
  );
});
