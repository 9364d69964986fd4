import { existsSync } from "node:fs";
import { ADAPTERS, guessAdapter, type ThinGiven } from "../config/index.ts";
import { ThinError } from "./thin-error.ts";

/** Adapters of Thin's for frameworks that have had a config.ru of their own for long. */
const FORMER: readonly string[] = ["ramaze", "merb"];

/** Whether `-A` names an adapter. Throws ThinError. */
export function checkAdapter(given: ThinGiven): void {
  const adapter = given.get("adapter");
  if (adapter === undefined || ADAPTERS.some((one) => one === adapter)) return;
  if (FORMER.some((one) => one === adapter)) {
    throw new ThinError(
      `There is no ${adapter} adapter in Gossamer. Give the app a config.ru, which is run as it is, or run the thin gem.`,
    );
  }
  throw new ThinError(`Adapter not found: ${adapter}`);
}

/** Whether the app's mount point is one. Throws ThinError. */
export function checkPrefix(given: ThinGiven): void {
  const prefix = given.get("prefix");
  if (typeof prefix !== "string" || prefix.startsWith("/")) return;
  throw new ThinError("paths need to start with / (ArgumentError)");
}

/** Whether there is something to start in `directory`: what was asked for, or files that tell. Throws ThinError. */
export function mustHaveAdapter(directory: string, given: ThinGiven): void {
  if (!existsSync(directory)) {
    throw new ThinError(`No such file or directory @ dir_chdir - ${directory} (Errno::ENOENT)`);
  }
  if (given.has("rackup") || given.has("adapter")) return;
  if (guessAdapter(directory) === undefined) {
    throw new ThinError(`No adapter found for ${directory}`);
  }
}
