import { readFileSync } from "node:fs";
import { escapeHtml } from "../kit/index.ts";
import { cgiPairs, type Page, type Request, withoutSecrets } from "../message/index.ts";
import { type Failure, ownPlaceOf, type Place, placeOf } from "./failure.ts";

const AROUND_LINES = 4;

/** Which app fails, and as which server. */
export interface Circumstances {
  /** RACK_ENV. */
  readonly environment: string;
  readonly imitate: "thin" | undefined;
}

/**
 * What the client sees of a failure: everything in development, nothing anywhere else, and nothing of Thin, which is in
 * development, and open to every interface, where it is told nothing.
 */
export function failurePage(
  { environment, imitate }: Circumstances,
  failure: Failure,
  request: Request,
): Page {
  if (imitate === "thin") return pageOfThin;
  return environment === "development" ? openPage(failure, request) : closedPage;
}

const closedPage: Page = { contentType: "text/plain", text: "Internal Server Error\n" };
const pageOfThin: Page = { contentType: "text/plain", text: "Internal server error" };

function openPage(failure: Failure, request: Request): Page {
  const title = `${escapeHtml(failure.className)}: ${escapeHtml(failure.message)}`;
  const parts = [
    `<h1>${escapeHtml(failure.className)}</h1><pre class="message">${escapeHtml(failure.message)}</pre>`,
    excerpt(failure),
    `<h2>Backtrace</h2><pre>${failure.backtrace.map(escapeHtml).join("\n")}</pre>`,
    `<h2>Env</h2><table>${rows(request)}</table>`,
  ];
  const text = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>${STYLE}${parts.join("\n")}</html>\n`;
  return { contentType: "text/html; charset=utf-8", text };
}

const STYLE =
  "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}" +
  "pre{background:#f4f4f6;padding:1rem;overflow:auto;border-radius:6px}.message{white-space:pre-wrap}" +
  "mark{background:#ffd9d9;display:inline-block;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}" +
  "h1{color:#b3261e}</style>";

/** The lines around the place where it happened: the app's own, if there is one, not a gem's. */
function excerpt(failure: Failure): string {
  const lines = [failure.message, ...failure.backtrace].filter(placeOf);
  const place = ownPlaceOf(lines) ?? placeOf(lines[0] ?? "");
  const source = place && linesAround(place);
  return source ? `<h2>${escapeHtml(`${place.file}:${place.line}`)}</h2><pre>${source}</pre>` : "";
}

function linesAround({ file, line }: Place): string | undefined {
  let lines: string[];
  try {
    lines = readFileSync(file, "utf8").split("\n");
  } catch {
    // Evaluated code has no file, and without the excerpt the page still says enough.
    return undefined;
  }
  const first = Math.max(1, line - AROUND_LINES);
  return lines
    .slice(first - 1, line + AROUND_LINES)
    .map((text, index) => numbered(first + index, text, first + index === line))
    .join("\n");
}

function numbered(number: number, text: string, isMarked: boolean): string {
  const row = `${String(number).padStart(5)}  ${escapeHtml(text)}`;
  return isMarked ? `<mark>${row}</mark>` : row;
}

/** The env by the names that Rack has for it, without what every request shares. */
function rows(request: Request): string {
  return cgiPairs(request)
    .map(([key, value]) => [key, withoutSecrets(key, value)] as const)
    .map(([key, value]) => `<tr><th>${escapeHtml(key)}<td>${escapeHtml(value)}`)
    .join("\n");
}
