import type { UpFact } from "../../supervise/index.ts";

/** A line among those of the processes: whose it is (`system` is ours), and what it says. */
export interface UpLine {
  readonly process: string;
  readonly text: string;
}

/** The words for each fact of a Procfile that runs: foreman's own where it has some. */
const WORDS: { readonly [T in UpFact["type"]]: (fact: Extract<UpFact, { type: T }>) => string } = {
  "up-started": ({ pid }) => `started with pid ${pid}`,
  "up-following": ({ pid, pidFile }) => `runs in the background as pid ${pid} (${pidFile})`,
  "up-ended": ({ exit }) => ended(exit.reason),
  "up-restarting": ({ delayMs }) =>
    delayMs === 0 ? "starting it again" : `starting it again in ${seconds(delayMs)}`,
  "up-stopping": ({ signal }) => `still there: sending ${signal}`,
  "up-stopping-all": ({ signal }) => `sending ${signal} to all processes`,
  "up-signalled": ({ signal }) => `${signal} received, starting shutdown`,
  "up-forwarding": ({ signal }) => `${signal} received, forwarding it to all processes`,
  "up-web-ignored": () => "web is ignored: custom_web is the web server",
  "up-line-ignored": ({ file, line, text }) =>
    `${file}:${line} is ignored, since it is no process: ${JSON.stringify(text)}`,
};

/** The line for a fact. */
export function upLine(fact: UpFact): UpLine {
  const text = (WORDS[fact.type] as (fact: UpFact) => string)(fact);
  return { process: "process" in fact ? fact.process : "system", text };
}

/** `exit 3` is foreman's `exited with code 3`. */
function ended(reason: string): string {
  const [, code] = /^exit (\d+)$/.exec(reason) ?? [];
  if (code !== undefined) return `exited with code ${code}`;
  return reason.startsWith("SIG") ? `terminated by ${reason}` : reason;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
