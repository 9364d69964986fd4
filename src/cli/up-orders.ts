import { askLine } from "../control/index.ts";
import {
  ProcfileError,
  runSocketsOf,
  type UpOrder,
  type UpReply,
  upReplyIn,
} from "../supervise/index.ts";
import { EXIT } from "./exit-codes.ts";
import { upTable } from "./up-table.ts";

type Verb = UpOrder["order"];

const VERBS: readonly string[] = ["restart", "start", "stop", "status"] satisfies readonly Verb[];

/** Whether the first word after `gossamer up` is for one that runs already. */
export function isUpOrder(word: string): word is Verb {
  return VERBS.includes(word);
}

/**
 * Gives an order to the runners of the Procfile in `root`; where there are several, to those that know the names; where
 * there are none, to the supervisor. Resolves with the exit code. Throws ProcfileError when there is none either.
 */
export async function orderUp(
  verb: Verb,
  processes: readonly string[],
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  if (verb === "status" && processes.length > 0) {
    throw new ProcfileError("`gossamer up status` shows all processes. Leave the names out.");
  }
  const order: UpOrder = verb === "status" ? { order: verb } : { order: verb, processes };
  const replies = await repliesTo(order, root);
  if (replies.length > 0) return tell(replies);
  const { orderDetached } = await import("./up-detached-orders.ts");
  const code = await orderDetached(verb, processes, root, env);
  if (code !== undefined) return code;
  throw new ProcfileError(
    `Nothing of ${root} runs here. Start it with \`gossamer up\`, or name its folder with -d DIR.`,
  );
}

/** Whether the Procfile in `root` runs in some terminal. */
export async function isUpHere(root: string): Promise<boolean> {
  return (await repliesTo({ order: "status" }, root)).length > 0;
}

async function repliesTo(order: UpOrder, root: string): Promise<readonly UpReply[]> {
  const sockets = runSocketsOf(root, process.getuid?.() ?? 0);
  return (await Promise.all(sockets.map((path) => ask(path, order)))).filter(isThere);
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
    console.log(upTable(statuses));
    return EXIT.ok;
  }
  if (replies.some(({ reply }) => reply === "done")) return EXIT.ok;
  for (const one of replies) if (one.reply === "failed") console.error(`gossamer: ${one.message}`);
  return EXIT.failed;
}
