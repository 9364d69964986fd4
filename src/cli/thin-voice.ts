import type { ThinGiven } from "../config/index.ts";
import { systemClock } from "../kit/index.ts";
import { thinLine } from "../observe/index.ts";

/** How a command of Thin's speaks on standard output. */
export interface ThinVoice {
  /** One line, with the time before it. */
  say(text: string): void;
  /** What is lines already. */
  raw(text: string): void;
}

/** Silent with -q. */
export function thinVoice(given: ThinGiven): ThinVoice {
  const raw = given.has("quiet")
    ? () => {}
    : (text: string): void => void process.stdout.write(text);
  return { raw, say: (text) => raw(thinLine(text, systemClock.wallMs())) };
}
