import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";
import { bluepillUsage } from "./bluepill-usage.ts";

/** What the words of a command line mean. */
export interface Meaning {
  readonly app: string | undefined;
  readonly command: string | undefined;
  readonly words: readonly string[];
}

/** The commands that are for one application, which need not be named when only one runs. */
const FOR_AN_APP: readonly string[] = [
  "status",
  "start",
  "stop",
  "restart",
  "unmonitor",
  "quit",
  "log",
  "watch",
];

/**
 * Finds out which application is meant: the one that the program is called by (`linkName`), the one that is named first,
 * or the only one that runs. Throws BluepillError when none or several run and one is needed.
 */
export function meaningOf(
  words: readonly string[],
  running: readonly string[],
  linkName: string | undefined,
): Meaning {
  const [first = "", ...rest] = words;
  if (linkName !== undefined && running.includes(linkName)) return meaning(linkName, words);
  if (running.includes(first)) return meaning(first, rest);
  if (!FOR_AN_APP.includes(first)) return meaning(undefined, words);
  if (running.length === 1) return meaning(running[0], words);
  if (running.length === 0) throw new BluepillError(NO_DAEMON, BLUEPILL_EXIT.noDaemon);
  throw new BluepillError(several(running), BLUEPILL_EXIT.failed);
}

/** Names of the running applications, as monitoring plugins read them. */
function several(running: readonly string[]): string {
  const list = running.map((name, index) => `  ${index + 1}. ${name}`).join("\n");
  return (
    "You must specify an application name to run that command. " +
    `Here's the list of running applications:\n${list}\n${bluepillUsage().split("\n", 1)[0]}`
  );
}

function meaning(app: string | undefined, [command, ...words]: readonly string[]): Meaning {
  return { app, command, words };
}

const NO_DAEMON =
  "Error: There are no running bluepill daemons.\n" +
  "To start a bluepill daemon, use: bluepill load <config file>";
