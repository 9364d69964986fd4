import { writeFile } from "node:fs/promises";
import { type ThinGiven, thinYaml } from "../config/index.ts";
import { systemClock } from "../kit/index.ts";
import { thinLine } from "../observe/index.ts";
import { EXIT } from "./exit-codes.ts";
import { ThinError } from "./thin-error.ts";

/** `thin config -C FILE`: writes the options down in FILE, in place of what was in it; resolves with the exit code. */
export async function thinConfig(given: ThinGiven, env: NodeJS.ProcessEnv): Promise<number> {
  const file = given.get("config");
  if (typeof file !== "string") throw new ThinError("config option required");
  await write(file, await thinYaml(given, process.cwd(), env));
  if (!given.has("quiet")) {
    process.stdout.write(thinLine(`Wrote configuration to ${file}`, systemClock.wallMs()));
  }
  return EXIT.ok;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new ThinError(
      `Cannot write ${file}: ${REASONS[code] ?? message}. Name another with -C FILE.`,
      { cause },
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOENT: "its folder is not there",
  ENOTDIR: "its folder is a file",
  EROFS: "the file system is read-only",
};
