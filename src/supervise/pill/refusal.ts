import { PillError } from "./errors.ts";
import type { PillWord } from "./messages.ts";

type Refusal = Extract<PillWord, { say: "refused" | "failed" | "left" }>;

/** Why the pill at `path` cannot be loaded, as one line. */
export function refusalIn(word: Refusal, path: string): PillError {
  const { place } = word;
  const where = place === undefined ? path : `${place.file}:${place.line}`;
  if (word.say === "refused") return new PillError("ERR_PILL_CONFIG", word.message, { place });
  if (word.say === "left") {
    const { status } = word;
    const message = `${where}: the pill calls exit with ${status}.`;
    return new PillError("ERR_PILL_ENDED", message, { place, exitCode: status });
  }
  const message = `${where}: ${word.message} (${word.class})`;
  return new PillError("ERR_PILL_RUBY", message, { place, backtrace: word.backtrace });
}
