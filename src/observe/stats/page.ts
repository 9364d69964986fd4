import { escapeHtml } from "../../kit/index.ts";
import type { LastRequest, Pairs } from "./last-request.ts";
import type { Report } from "./report.ts";

/** The page for people. Title, heading and the names of Thin's own counters are Thin's: scripts look for them. */
export function pageOf(report: Report): string {
  const parts = [
    `<h1>Server stats</h1><h2>${escapeHtml(report.software)}</h2>`,
    table([
      ["Uptime", seconds(report.uptimeMs)],
      ["PID", String(report.pid)],
      ["Memory", memory(report.memory.proportionalBytes, report.memory.residentBytes)],
      ["Connections", `${report.connections} of ${report.connectionLimit}`],
      ["Waiting for a worker", waiting(report)],
    ]),
    `<h2>Requests</h2>${table(requestRows(report.requests))}`,
    `<h2>Workers</h2>${workers(report)}`,
    report.lastRequest === null ? "" : lastRequest(report.lastRequest),
  ];
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="robots" content="noindex"><title>Thin Stats</title>${STYLE}${parts.join("\n")}</html>\n`;
}

const STYLE =
  "<style>body{font:15px/1.5 system-ui;margin:2rem auto;max-width:70rem;padding:0 1rem}h1,h2,h3{font-weight:500}" +
  "table{border-collapse:collapse;font-variant-numeric:tabular-nums}td,th{text-align:left;vertical-align:top;" +
  "padding:.15rem 1.5rem .15rem 0;overflow-wrap:anywhere}th{color:#666;font-weight:normal;white-space:nowrap}" +
  "tr+tr{border-top:1px solid #eee}</style>";

function requestRows(figures: Report["requests"]): Pairs {
  const { total, finished, failed, gone, underWay, statuses, lastMs, p50Ms, p99Ms } = figures;
  return [
    ["Requests", String(total)],
    ["Finished", String(finished)],
    ["Errors", String(failed)],
    ["Left by their clients", String(gone)],
    ["Under way", String(underWay)],
    ["Last request", lastMs === null ? "–" : `${(lastMs / 1000).toFixed(4)} sec`],
    [`p50, p99 of the last ${figures.sample}`, `${milliseconds(p50Ms)}, ${milliseconds(p99Ms)}`],
    ...Object.entries(statuses).map(([name, count]) => [name, String(count)] as const),
  ];
}

const WORKER_HEADS = [
  "Worker",
  "PID",
  "Generation",
  "State",
  "Requests",
  "Busy slots",
  "In flight",
  "At one request for",
  "Memory",
];

function workers({ workers: all }: Report): string {
  const rows = all.map((one) => [
    String(one.number),
    one.pid === undefined ? "–" : String(one.pid),
    String(one.generation),
    one.state,
    String(one.answered),
    `${one.busySlots} of ${one.slots}`,
    String(one.inFlight),
    one.busySlots === 0 ? "–" : milliseconds(one.longestMs),
    memory(one.proportionalBytes, one.residentBytes),
  ]);
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}`).join("")}`);
  return `<table><tr>${WORKER_HEADS.map((head) => `<th>${head}`).join("")}\n${body.join("\n")}</table>`;
}

function lastRequest({ get, post, cookies, env }: LastRequest): string {
  const parts = [
    ["GET", get],
    ["POST", post],
    ["Cookies", cookies],
    ["Rack env", env],
  ] as const;
  const shown = parts.map(
    ([name, pairs]) => `<h3>${name}</h3>${pairs.length === 0 ? "<p>None.</p>" : table(pairs)}`,
  );
  return `<h2>Last request</h2>${shown.join("\n")}`;
}

function table(rows: Pairs): string {
  const cells = rows.map(([name, value]) => `<tr><th>${escapeHtml(name)}<td>${escapeHtml(value)}`);
  return `<table>${cells.join("\n")}</table>`;
}

function waiting({ queueLength, queueWaitMs }: Report): string {
  return queueLength === 0 ? "0" : `${queueLength}, the oldest for ${milliseconds(queueWaitMs)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} sec`;
}

function milliseconds(ms: number | null): string {
  return ms === null ? "–" : `${ms.toFixed(ms < 10 ? 2 : 0)} ms`;
}

/** As much of it as is known. */
function memory(proportional: number | undefined, resident: number | undefined): string {
  const known = [
    ...(proportional === undefined ? [] : [`PSS ${megabytes(proportional)}`]),
    ...(resident === undefined ? [] : [`RSS ${megabytes(resident)}`]),
  ];
  return known.length === 0 ? "–" : known.join(", ");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
