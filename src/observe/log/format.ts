import { styleText } from "node:util";
import type { Level, Line } from "./line.ts";
import { type AnyFact, lineFor } from "./lines.ts";
import { type ThinVerbosity, thinLinesFor } from "./thin-lines.ts";

/** Makes what is written of a fact, line ends and all; "" when it is not worth a line. */
export type Format = (fact: AnyFact, wallMs: number) => string;

export interface TextOptions {
  /** The least serious level that is written. */
  readonly least: Level;
  /** On a terminal: the time of day only, and colours. */
  readonly isTerminal: boolean;
}

const RANK: Readonly<Record<Level, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const COLOUR = { debug: "dim", info: "reset", warn: "yellow", error: "red" } as const;

/** `12:40:28 Worker 1 is ready` on a terminal; `2026-11-24T12:40:28.123Z info  Worker 1 …` elsewhere. */
export function textFormat({ least, isTerminal }: TextOptions): Format {
  return (fact, wallMs) => {
    const line = lineFor(fact);
    if (RANK[line.level] < RANK[least]) return "";
    const figures = least === "debug" ? `  ${JSON.stringify(figuresOf(fact))}` : "";
    const head = isTerminal ? terminalHead(line, wallMs) : fileHead(line, wallMs);
    return `${head}${figures}${indented(line.details)}\n`;
  };
}

/** One JSON object a line: time, level, fact, message, and the fact's own fields. */
export function jsonFormat(least: Level): Format {
  return (fact, wallMs) => {
    const { level, text } = lineFor(fact);
    if (RANK[level] < RANK[least]) return "";
    const time = new Date(wallMs).toISOString();
    const entry = { time, level, fact: fact.type, message: text, ...figuresOf(fact) };
    return `${JSON.stringify(entry, readable)}\n`;
  };
}

/** `2026-11-24 12:40:28 +0000 message`, as Thin has it. */
export function thinFormat(verbosity: ThinVerbosity): Format {
  return (fact, wallMs) =>
    thinLinesFor(fact, verbosity)
      .map((text) => thinLine(text, wallMs))
      .join("");
}

/** One line of Thin's log, line end and all. */
export function thinLine(text: string, wallMs: number): string {
  return `${rubyTime(new Date(wallMs))} ${text}\n`;
}

function terminalHead({ level, text }: Line, wallMs: number): string {
  const time = new Date(wallMs).toTimeString().slice(0, 8);
  return `${styleText("dim", time)} ${styleText(COLOUR[level], text)}`;
}

function fileHead({ level, text }: Line, wallMs: number): string {
  return `${new Date(wallMs).toISOString()} ${level.padEnd(5)} ${text}`;
}

function indented(details: string | undefined): string {
  return details === undefined ? "" : `\n${details}`.replaceAll("\n", "\n    ");
}

function figuresOf({ type: _, ...figures }: AnyFact): object {
  return figures;
}

/** An Error has no fields that JSON would take. */
function readable(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? String(value)) : value;
}

/** A time as Ruby's `Time#to_s` writes it. */
function rubyTime(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.abs(offset) / 60)}${two(Math.abs(offset) % 60)}`;
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${time.toTimeString().slice(0, 8)} ${zone}`;
}

function two(number: number): string {
  return String(Math.floor(number)).padStart(2, "0");
}
