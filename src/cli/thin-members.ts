import { resolve } from "node:path";
import { lenient, type ThinGiven, type ThinValue } from "../config/index.ts";
import { textOf, thinPlace } from "./thin-place.ts";

/** One server of a cluster: the options that it alone has, and what messages call it. */
export interface Member {
  readonly label: string;
  readonly given: ThinGiven;
}

/** What only the cluster as a whole knows. */
const OF_THE_CLUSTER: readonly string[] = ["servers", "only", "onebyone", "wait", "all"];
/** `-o` up to here counts members; from here on it is a port. */
const FIRST_PORT = 80;

/** Whether the command is for several servers, or for one of them. */
export function isForCluster(given: ThinGiven): boolean {
  return given.has("servers") || given.has("only");
}

/**
 * The servers that a command is for: on ports that follow each other, or numbered from 0 where each has a socket of its
 * own or all connect to one Swiftiply proxy. Their pid files and logs have the number before their ending, as Thin names them.
 */
export function membersOf(given: ThinGiven): readonly Member[] {
  const numbers = numbersOf(given);
  return numbers.map((number) => kindOf(given)(given, number));
}

function kindOf(given: ThinGiven): (given: ThinGiven, number: number) => Member {
  if (given.has("swiftiply")) return atProxy;
  return textOf(given, "socket") ? onSocket : onPort;
}

function numbersOf(given: ThinGiven): readonly number[] {
  const isOnPorts = textOf(given, "socket") === undefined && !given.has("swiftiply");
  const first = isOnPorts ? lenient(textOf(given, "port") ?? "3000") : 0;
  const only = textOf(given, "only");
  if (only !== undefined) {
    const number = lenient(only);
    return [first > 0 && number >= FIRST_PORT ? number : first + number];
  }
  const count = lenient(textOf(given, "servers") ?? "");
  return Array.from({ length: count }, (_, index) => first + index);
}

function onPort(given: ThinGiven, port: number): Member {
  const label = `${textOf(given, "address") ?? "0.0.0.0"}:${port}`;
  return { label, given: numbered(given, port, { port: String(port) }) };
}

/** All of them connect to the same proxy. */
function atProxy(given: ThinGiven, number: number): Member {
  const label = `${textOf(given, "address") ?? "0.0.0.0"}:${textOf(given, "port") ?? "3000"}:${number}`;
  return { label, given: numbered(given, number, {}) };
}

function onSocket(given: ThinGiven, number: number): Member {
  const socket = withNumber(textOf(given, "socket") ?? "", number);
  return { label: socket, given: numbered(given, number, { socket }) };
}

function numbered(
  given: ThinGiven,
  number: number,
  own: Readonly<Record<string, string>>,
): ThinGiven {
  const common = [...given].filter(([key]) => !OF_THE_CLUSTER.includes(key));
  return new Map<string, ThinValue>([
    ...common,
    ...Object.entries(own),
    ["pid", withNumber(thinPlace(given).pidName, number)],
    ["log", withNumber(textOf(given, "log") ?? resolve("log/thin.log"), number)],
    ...accessLogOf(given, number),
    ["daemonize", true],
  ]);
}

/** Each has its own, unless it goes where the log goes. */
function accessLogOf(given: ThinGiven, number: number): readonly [string, string][] {
  const accessLog = textOf(given, "access_log");
  if (accessLog === undefined || accessLog === "-") return [];
  return [["access_log", withNumber(accessLog, number)]];
}

/** `thin.pid` and 3000 are `thin.3000.pid`. */
function withNumber(path: string, number: number): string {
  const ending = /\.[^./]+$/.exec(path)?.[0] ?? "";
  return `${path.slice(0, path.length - ending.length)}.${number}${ending}`;
}
