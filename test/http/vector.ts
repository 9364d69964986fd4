import { readdirSync, readFileSync } from "node:fs";
import type { HttpOptions } from "../../src/http/index.ts";

/** One vector of `test/vectors/http1`; its README says how they are written. */
export interface Vector {
  readonly title: string;
  readonly sent: string;
  readonly options: Partial<HttpOptions>;
  readonly requests: readonly ExpectedRequest[];
  readonly interim: readonly number[];
  readonly refused: number | undefined;
  readonly isOpen: boolean;
}

export interface ExpectedRequest {
  readonly method: string;
  readonly path: string;
  readonly protocol: string;
  query: string;
  authority: string;
  fields: string[] | undefined;
  body: string;
}

const FOLDER = new URL("../vectors/http1/", import.meta.url);

/** All vectors of all files. */
export function readVectors(): Vector[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".md") && name !== "README.md");
  return files
    .sort()
    .flatMap((name) => parseFile(name, readFileSync(new URL(name, FOLDER), "utf8")));
}

/** The bytes that a block stands for, as latin1. */
function bytesOf(text: string): string {
  const repeated = text.replaceAll(/\\\{(\d+)\*((?:[^}\\]|\\.)*)\}/g, (_, count, what) =>
    String(what).repeat(Number(count)),
  );
  return repeated.replaceAll(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.startsWith("x")) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { r: "\r", n: "\n", t: "\t", "0": "\0", s: " ", "\\": "\\" }[code] ?? bad(code);
  });
}

function bad(code: string): never {
  throw new Error(`There is no escape \\${code}`);
}

function parseFile(name: string, text: string): Vector[] {
  const sections = text.split(/^## /m).slice(1);
  return sections.map((section) => parseVector(name, section));
}

function parseVector(file: string, section: string): Vector {
  const title = `${file}: ${section.slice(0, section.indexOf("\n"))}`;
  const sent = block(section, "http");
  const outcome = block(section, "outcome");
  if (sent === undefined || outcome === undefined) throw new Error(`${title} lacks a block`);
  const options = JSON.parse(block(section, "options") ?? "{}");
  return { title, sent: bytesOf(sent.replaceAll("\n", "")), options, ...parseOutcome(outcome) };
}

function block(section: string, kind: string): string | undefined {
  return new RegExp(`^\`\`\`${kind}\n(.*?)^\`\`\`$`, "ms").exec(section)?.[1];
}

function parseOutcome(text: string): Omit<Vector, "title" | "sent" | "options"> {
  const requests: ExpectedRequest[] = [];
  const interim: number[] = [];
  let refused: number | undefined;
  let connection: string | undefined;
  for (const line of text.trimEnd().split("\n")) {
    const [, word = "", rest = ""] = /^(\w+) (.*)$/.exec(line) ?? bad(line);
    const last = requests.at(-1);
    if (word === "request") requests.push(newRequest(rest));
    else if (word === "interim") interim.push(Number(rest));
    else if (word === "refused") refused = Number(rest);
    else if (word === "connection") connection = rest;
    else if (last !== undefined) amend(last, word, bytesOf(rest));
  }
  if (connection !== "open" && connection !== "closed") throw new Error("say what becomes of it");
  return { requests, interim, refused, isOpen: connection === "open" };
}

function newRequest(line: string): ExpectedRequest {
  const [method = "", path = "", protocol = "HTTP/1.1"] = line.split(" ");
  const decoded = bytesOf(path);
  return {
    ...{ method, path: decoded, protocol, query: "", authority: "a", fields: undefined, body: "" },
  };
}

function amend(request: ExpectedRequest, word: string, value: string): void {
  if (word === "query") request.query = value;
  else if (word === "authority") request.authority = value;
  else if (word === "body") request.body = value;
  else if (word === "field") {
    const [, name = "", text = ""] = /^([^:]*): ?(.*)$/s.exec(value) ?? bad(value);
    request.fields ??= [];
    request.fields.push(name, text);
  } else bad(word);
}
