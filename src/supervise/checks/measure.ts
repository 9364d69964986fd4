import { readdirSync, statfsSync } from "node:fs";
import type { Clock } from "../../kit/index.ts";
import { ageMsOf, descendantsOf, type ProcessStat, statOf } from "../../unix/index.ts";
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

/** Takes one sample. Rejects where there is nothing to be seen. */
export async function measure(kind: CheckKind, subject: Subject): Promise<Sample> {
  const { pid } = subject.process;
  switch (kind.type) {
    case "cpu_usage": {
      const percent = sum(subject, kind.includeChildren, averagePercent);
      return { text: percent.toFixed(1), isGood: percent < kind.belowPercent };
    }
    case "mem_usage": {
      const bytes = sum(subject, kind.includeChildren, ({ residentBytes }) => residentBytes);
      return { text: asBytes(bytes), isGood: bytes < kind.belowBytes };
    }
    case "running_time": {
      const ms = ageMsOf(subject.process) ?? 0;
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
    case "file_time":
      throw new Error(`${kind.type} looks back, and is measured by one that remembers`);
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
function averagePercent(one: ProcessStat): number {
  const ageMs = ageMsOf(one) ?? 0;
  return ageMs <= 0 ? 0 : (100 * one.cpuMs) / ageMs;
}
