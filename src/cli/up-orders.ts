import { askLine } from "../control/index.ts";
import {
  ProcfileError,
  runSocketsOf,
  type UpOrder,
  type UpReply,
  type UpStatus,
  upReplyIn,
} from "../supervise/index.ts";
import { EXIT } from "./exit-codes.ts";

type Verb = UpOrder["order"];

const VERBS: readonly string[] = ["restart", "start", "stop", "status"] satisfies readonly Verb[];

/** Whether the first word after `gossamer up` is for one that runs already. */
export function isUpOrder(word: string): word is Verb {
  return VERBS.includes(word);
}

/**
 * Gives an order to the runners of the Procfile in `root`; where there are several, to those that know the names.
 * Resolves with the exit code. Throws ProcfileError when there is none.
 */
export async function orderUp(
  verb: Verb,
  processes: readonly string[],
  root: string,
): Promise<number> {
  if (verb === "status" && processes.length > 0) {
    throw new ProcfileError("`gossamer up status` shows all processes. Leave the names out.");
  }
  const order: UpOrder = verb === "status" ? { order: verb } : { order: verb, processes };
  const sockets = runSocketsOf(root, process.getuid?.() ?? 0);
  const replies = (await Promise.all(sockets.map((path) => ask(path, order)))).filter(isThere);
  if (replies.length === 0) {
    throw new ProcfileError(
      `Nothing of ${root} runs here. Start it with \`gossamer up\`, or name its folder with -d DIR.`,
    );
  }
  return tell(replies);
}

async function ask(path: string, order: UpOrder): Promise<UpReply | undefined> {
  const answer = await askLine(path, JSON.stringify(order));
  if (answer.kind === "nobody") return undefined;
  const gone: UpReply = { reply: "failed", message: "It went away before it was done." };
  return (answer.kind === "answer" ? upReplyIn(answer.line) : undefined) ?? gone;
}

function isThere(reply: UpReply | undefined): reply is UpReply {
  return reply !== undefined;
}

function tell(replies: readonly UpReply[]): number {
  const statuses = replies.flatMap((one) => (one.reply === "status" ? one.processes : []));
  if (statuses.length > 0) {
    console.log(tableOf(statuses));
    return EXIT.ok;
  }
  if (replies.some(({ reply }) => reply === "done")) return EXIT.ok;
  for (const one of replies) if (one.reply === "failed") console.error(`gossamer: ${one.message}`);
  return EXIT.failed;
}

function tableOf(statuses: readonly UpStatus[]): string {
  const rows = statuses.map(({ name, state, pid, port, upMs, restarts }) => [
    name,
    state,
    pid === undefined ? "-" : String(pid),
    String(port),
    upMs === undefined ? "-" : lasting(upMs),
    String(restarts),
  ]);
  const all = [["PROCESS", "STATE", "PID", "PORT", "UP", "RESTARTS"], ...rows];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const lines = all.map((row) => row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)));
  return lines.map((row) => row.join("  ").trimEnd()).join("\n");
}

/** `42s`, `3m05s`, `2h07m`. */
function lasting(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (number: number): string => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
}
