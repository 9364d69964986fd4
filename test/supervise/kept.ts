import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Clock, systemClock } from "../../src/kit/index.ts";
import {
  type AppDescription,
  Application,
  type ProcessDescription,
  type ProcessStatus,
  type SuperviseFact,
} from "../../src/supervise/index.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";

/** What a test says of a process, over what all have in common. */
export type Said = Partial<ProcessDescription> & Pick<ProcessDescription, "startCommand">;

/** An application under test, with all its facts. */
export interface Kept {
  readonly folder: string;
  readonly application: Application;
  readonly facts: readonly SuperviseFact[];
  status(name?: string): ProcessStatus;
  /** Resolves with the status once `isSo`. */
  until(isSo: (status: ProcessStatus) => boolean, name?: string): Promise<ProcessStatus>;
  /** The pid in a pid file. */
  pid(name?: string): Promise<number>;
  /** Ends it as SIGKILL would: nothing is written or removed; returns a successor that has begun. */
  succeed(): Promise<Kept>;
}

const PLACE = { file: "app.pill", line: 1 };

const ALWAYS: ProcessDescription["besideOthers"] = {
  start: true,
  stop: true,
  restart: true,
  unmonitor: true,
};

/** Begins to keep `processes` up; what was started is killed, with all below it, when the test ends. */
export async function keep(
  t: TestContext,
  processes: Readonly<Record<string, Said>>,
  clock: Clock = systemClock,
): Promise<Kept> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-supervise-"));
  const ends: (() => Promise<void>)[] = [];
  // What still runs would write to a folder that is being removed.
  t.after(async () => {
    for (const end of ends) await end();
    await rm(folder, { recursive: true, force: true });
  });
  return await begin(ends, folder, processes, clock);
}

async function begin(
  ends: (() => Promise<void>)[],
  folder: string,
  processes: Readonly<Record<string, Said>>,
  clock: Clock,
): Promise<Kept> {
  const facts: SuperviseFact[] = [];
  const application = new Application(described(folder, processes), {
    clock,
    journalPath: join(folder, "journal.json"),
    environment: { PATH: process.env["PATH"] },
    noticePath: join(folder, "notices"),
    customs: {
      check: () => Promise.reject(new Error("no pill")),
      notify: () => Promise.reject(new Error("no pill")),
    },
    emit: (fact) => facts.push(fact),
  });
  // The application's timers let the process go; a test must not be over before it is.
  const alive = setInterval(() => {}, 1_000);
  const seen = new Set<number>();
  const statuses = (): readonly ProcessStatus[] =>
    application.status([]).flatMap(({ processes }) => processes);
  const note = (): void => {
    for (const { pid } of statuses()) if (pid !== undefined) seen.add(pid);
  };
  ends.push(async () => {
    note();
    application.end();
    clearInterval(alive);
    const below = (await Promise.all([...seen].map(descendants))).flat();
    for (const pid of [...seen, ...below]) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    await untilGone([...seen, ...below]);
  });
  await application.begin();
  const status = (name = Object.keys(processes)[0]): ProcessStatus => {
    const found = statuses().find((one) => one.name === name);
    if (found === undefined) throw new Error(`no process ${name}`);
    return found;
  };
  return {
    folder,
    application,
    facts,
    status,
    until: async (isSo, name) => {
      await until(
        () => {
          note();
          return isSo(status(name));
        },
        20_000,
        () => JSON.stringify(statuses()),
      );
      return status(name);
    },
    pid: async (name = Object.keys(processes)[0]) =>
      Number(await readFile(join(folder, `${name}.pid`), "utf8")),
    succeed: async () => {
      note();
      application.abandon();
      return await begin(ends, folder, processes, clock);
    },
  };
}

function described(folder: string, processes: Readonly<Record<string, Said>>): AppDescription {
  return {
    name: "app",
    place: PLACE,
    baseDir: folder,
    foreground: false,
    killTimeoutMs: 5_000,
    notifications: [],
    processes: Object.entries(processes).map(([name, said]) => ({
      name,
      place: PLACE,
      daemonize: true,
      pidFile: join(folder, `${name}.pid`),
      cacheActualPid: true,
      environment: {},
      supplementaryGroups: [],
      autoStart: true,
      onStartTimeout: "start",
      besideOthers: ALWAYS,
      dependsOn: [],
      notifyReady: false,
      startGraceMs: 500,
      stopGraceMs: 2_000,
      restartGraceMs: 500,
      checks: [],
      triggers: [],
      ...said,
    })),
  };
}

/** What the checks of the application have seen so far, once they have seen anything: asked anew each time. */
export async function untilSampled({ facts }: Kept): Promise<() => readonly string[]> {
  const samples = () =>
    facts.flatMap((fact) => (fact.type === "check-sampled" ? [fact.samples] : []));
  await until(
    () => samples().length > 0,
    20_000,
    () => "no sample",
  );
  return samples;
}
