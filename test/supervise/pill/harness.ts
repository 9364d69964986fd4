import { open, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import {
  type AppDescription,
  evaluatePill,
  type PillContent,
  PillError,
  type PillRequest,
  type ProcessDescription,
} from "../../../src/supervise/index.ts";
import { temporaryFolder } from "./folder.ts";

/** A pill in a folder of its own, and what it printed. */
export class Pill {
  readonly folder: string;
  readonly path: string;

  private constructor(folder: string, path: string) {
    this.folder = folder;
    this.path = path;
  }

  /** Writes `source` to `pill.pill`; the folder is removed when the test ends. */
  static async write(t: TestContext, source: string): Promise<Pill> {
    const folder = await temporaryFolder(t);
    const path = join(folder, "pill.pill");
    await writeFile(path, source);
    return new Pill(folder, path);
  }

  get request(): PillRequest {
    return {
      cwd: this.folder,
      env: { ...process.env, BLUEPILL_BASE_DIR: join(this.folder, "base") },
      stdio: ["ignore", "ignore", "ignore"],
    };
  }

  /** Has Ruby read it; what it prints is in `output()` then. */
  async evaluate(request: Partial<PillRequest> = {}): Promise<PillContent> {
    const output = await open(join(this.folder, "output"), "a");
    try {
      const stdio = ["ignore", output.fd, output.fd] as const;
      return await evaluatePill(this.path, { ...this.request, stdio, ...request });
    } finally {
      await output.close();
    }
  }

  /** Why it is refused. */
  async error(request: Partial<PillRequest> = {}): Promise<PillError> {
    const error = await this.evaluate(request).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof PillError) return error;
    throw error ?? new Error("The pill was not refused.");
  }

  async output(): Promise<string> {
    return await readFile(join(this.folder, "output"), "utf8");
  }

  /** The last line of it: before it Ruby may have warned of something. */
  async lastLine(): Promise<string> {
    return (await this.output()).trimEnd().split("\n").at(-1) ?? "";
  }

  /** A text without what is different each time: the folder. */
  plain(text: string): string {
    return text.replaceAll(`${dirname(this.path)}/`, "");
  }
}

/** The application of a pill that has one. */
export async function application(t: TestContext, source: string): Promise<AppDescription> {
  const pill = await Pill.write(t, source);
  return only((await pill.evaluate()).apps);
}

/** The process of a pill that is nothing but the block of a process. */
export async function processOf(t: TestContext, block: string): Promise<ProcessDescription> {
  return only((await application(t, around(block))).processes);
}

/** A pill with one process; `block` begins in line 3. */
export function around(block: string): string {
  return `Bluepill.application("app") do |app|
  app.process("web") do |p|
${block}
  end
end
`;
}

/** Its start command besides; `block` begins in line 3. */
export function started(block: string): string {
  return around(`${block}\np.start_command = "sleep 9"`);
}

export function only<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined || items.length > 1) throw new Error(`${items.length} instead of 1`);
  return item;
}
