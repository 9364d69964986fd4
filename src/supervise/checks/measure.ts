import { readdirSync, statfsSync, statSync } from "node:fs";
import type { Clock } from "../../kit/index.ts";
import { descendantsOf, type ProcessStat, startedAtMs, statOf } from "../../unix/index.ts";
import type { Customs } from "../customs.ts";
import type { CheckKind } from "../description.ts";
import type { FoundProcess } from "../found-process.ts";
import type { Sample } from "../samples.ts";
import { connects } from "./connects.ts";
import { fetches } from "./fetches.ts";
import { asBytes, asSeconds } from "./figures.ts";

/** What a check may look at. */
export interface Subject {
  readonly process: FoundProcess;
  /** All processes of the machine, looked up once a tick and only when somebody asks. */
  readonly all: () => readonly ProcessStat[];
  readonly customs: Customs;
  readonly isChild: boolean;
  readonly clock: Clock;
}

/** So long may a check of the pill's own take. */
const CUSTOM_TIMEOUT_MS = 10_000;

/** Takes one sample. Never rejects: what cannot be seen is bad, in words. */
export async function measure(kind: CheckKind, subject: Subject): Promise<Sample> {
  try {
    return await look(kind, subject);
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), isGood: false };
  }
}

async function look(kind: CheckKind, subject: Subject): Promise<Sample> {
  const { pid } = subject.process;
  switch (kind.type) {
    case "cpu_usage": {
      const percent = sum(subject, kind.includeChildren, (one) =>
        averagePercent(one, subject.clock),
      );
      return { text: percent.toFixed(1), isGood: percent < kind.belowPercent };
    }
    case "mem_usage": {
      const bytes = sum(subject, kind.includeChildren, ({ residentBytes }) => residentBytes);
      return { text: asBytes(bytes), isGood: bytes < kind.belowBytes };
    }
    case "running_time": {
      const ms = subject.clock.wallMs() - (startedAtMs(pid) ?? subject.clock.wallMs());
      return { text: asSeconds(ms), isGood: ms < kind.belowMs };
    }
    case "file_time": {
      const written = statSync(kind.filename, { throwIfNoEntry: false });
      if (written === undefined) return { text: `${kind.filename} is not there`, isGood: false };
      const ms = subject.clock.wallMs() - written.mtimeMs;
      return { text: asSeconds(ms), isGood: ms < kind.belowMs };
    }
    case "http":
      return await fetches(kind);
    case "connect":
      return await connects(kind.address, kind.timeoutMs);
    case "zombie_process": {
      const state = statOf(pid)?.state ?? "gone";
      return { text: state, isGood: state !== "Z" };
    }
    case "always_true":
      return { text: "1", isGood: true };
    case "open_files": {
      const files = readdirSync(`/proc/${pid}/fd`).length;
      return { text: String(files), isGood: files < kind.below };
    }
    case "disk_usage": {
      const { blocks, bavail } = statfsSync(kind.path);
      const percent = blocks === 0 ? 0 : 100 * (1 - bavail / blocks);
      return { text: `${percent.toFixed(1)}%`, isGood: percent < kind.belowPercent };
    }
    case "mem_growth":
      throw new Error("mem_growth looks back, and is measured by MemoryGrowth");
    case "custom": {
      const whom = { pid, isChild: subject.isChild };
      const { ok, value } = await subject.customs.check(kind.id, whom, CUSTOM_TIMEOUT_MS);
      return { text: value, isGood: ok };
    }
  }
}

function sum(
  { process, all }: Subject,
  includeChildren: boolean,
  figure: (one: ProcessStat) => number,
): number {
  const own = statOf(process.pid);
  const others = includeChildren ? descendantsOf(process.pid, all()) : [];
  return [...(own === undefined ? [] : [own]), ...others].reduce(
    (total, one) => total + figure(one),
    0,
  );
}

/** Of one core, over the life of the process, as `ps` has it. */
function averagePercent({ pid, cpuMs }: ProcessStat, clock: Clock): number {
  const ageMs = clock.wallMs() - (startedAtMs(pid) ?? clock.wallMs());
  return ageMs <= 0 ? 0 : (100 * cpuMs) / ageMs;
}
