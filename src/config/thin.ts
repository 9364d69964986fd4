import { HTTP_DEFAULTS } from "../http/index.ts";
import { LONGEST_TIMER_MS } from "../kit/index.ts";
import { ConfigError } from "./errors.ts";
import type { SettingName } from "./settings.ts";
import { readValue, type Said } from "./source.ts";
import type { ThinGiven } from "./thin-given.ts";
import { tlsFromThin } from "./thin-tls.ts";

/** `a:` and the end of the line. */
const SHORTEST_FIELD_BYTES = 4;

/** What Thin does when it is told nothing: one process, one request at a time, every interface. */
export const THIN_DEFAULTS: Said = {
  listen: [{ kind: "tcp", host: "0.0.0.0", port: 3000 }],
  workers: 1,
  threads: 1,
  preload: false,
  maxConns: 1024,
  maxPersistentConns: 100,
  timeout: 30_000,
  keepAliveTimeout: 30_000,
  // Thin lets an app take as long as it likes.
  workerTimeout: 0,
  // Thin counts the bytes of a head, not its lines: as many as fit.
  maxFields: HTTP_DEFAULTS.headLimitBytes / SHORTEST_FIELD_BYTES,
  imitate: "thin",
};

/** What the words after `thin start` say, by Thin's names, as settings of ours. */
export function fromThin(given: ThinGiven): Said {
  const text = (key: string): string | undefined => {
    const value = given.get(key);
    return typeof value === "string" ? value : undefined;
  };
  const whole = (key: string): number | undefined => lenient(text(key));
  const said: Record<string, unknown> = {
    ...(given.has("swiftiply")
      ? relayed(given, text("address"), whole("port"))
      : listening(text("address"), whole("port"), text("socket"))),
    ...patience(whole("timeout")),
    chdir: text("chdir"),
    rackup: text("rackup"),
    adapter: text("adapter"),
    prefix: text("prefix"),
    reactor: text("reactor"),
    require: given.get("require"),
    environment: text("environment"),
    tag: text("tag"),
    user: text("user"),
    group: text("group"),
    threads: given.has("threaded") ? Math.max(1, whole("threadpool_size") ?? 20) : undefined,
    maxConns: whole("max_conns"),
    maxPersistentConns: whole("max_persistent_conns"),
    quiet: given.has("quiet") || undefined,
    debug: given.has("debug") || undefined,
    trace: given.has("trace") || undefined,
    ...read("stats", text("stats"), "--stats"),
    ...read("bootTimeout", text("boot_timeout"), "--boot-timeout"),
    ...read("accessLog", text("access_log"), "--access-log"),
    ...read("logFormat", text("log_format"), "--log-format"),
    ...read("accessLogFormat", text("access_log_format"), "--access-log-format"),
    ...tlsFromThin(given),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

/** Thin takes the leading digits of a number, and 0 where there are none. */
export function lenient(written: string): number;
export function lenient(written: string | undefined): number | undefined;
export function lenient(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  return Number(/^\s*(\d+)/.exec(written)?.[1] ?? 0);
}

/** A socket wins over address and port; an address with a slash is a socket. */
function listening(host: string | undefined, port: number | undefined, socket?: string): Said {
  const path = socket ?? (host?.includes("/") ? host : undefined);
  if (path !== undefined) return { socket: path };
  if (host === undefined && port === undefined) return {};
  return { listen: [{ kind: "tcp", host: host ?? "0.0.0.0", port: port ?? 3000 }] };
}

/** The length of a key travels in two hexadecimal digits. */
const KEY_LIMIT_BYTES = 255;

/** `-y`: address and port are those of a proxy, which asks for no KEY where none is given. Throws ConfigError. */
function relayed(given: ThinGiven, host = "0.0.0.0", port = 3000): Said {
  if (given.has("socket") || host.includes("/")) {
    throw new ConfigError(
      "-y connects to a proxy at HOST:PORT, and not to a socket. Leave -y out, or name -a HOST -p PORT.",
    );
  }
  const written = given.get("swiftiply");
  const bytes = Buffer.from(typeof written === "string" ? written : "");
  if (bytes.length > KEY_LIMIT_BYTES) {
    throw new ConfigError(`-y: a key is at most ${KEY_LIMIT_BYTES} bytes. Give a shorter one.`);
  }
  return {
    listen: [{ kind: "swiftiply", host, port, key: bytes.toString("latin1"), connections: 1 }],
  };
}

/** Where Thin has no rule of its own, ours hold. Throws ConfigError. */
function read(name: SettingName, written: string | undefined, flag: string): Said {
  return written === undefined ? {} : readValue(name, written, flag);
}

/** `-t` is one figure for every wait; with 0 there is no end to any: connections may idle, and requests take as long as they do. */
function patience(seconds: number | undefined): Said {
  if (seconds === undefined) return {};
  const ms = seconds === 0 ? LONGEST_TIMER_MS : Math.min(seconds * 1000, LONGEST_TIMER_MS);
  return { timeout: ms, keepAliveTimeout: ms, headTimeout: ms, bodyTimeout: ms };
}
