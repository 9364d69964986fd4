import { HTTP_DEFAULTS } from "../http/index.ts";
import { POOL_DEFAULTS } from "../pool/index.ts";
import { ADAPTERS } from "./adapter.ts";
import { address } from "./address.ts";
import {
  bytes,
  choice,
  count,
  duration,
  flag,
  integer,
  type Kind,
  list,
  mode,
  pagePath,
  text,
  urlPath,
} from "./kinds.ts";
import { REACTOR_USES } from "./reactor.ts";
import type { SettingName, Settings } from "./settings.ts";
import { tlsVersion } from "./tls-version.ts";

/** The headings of the help, in its order. */
export const SECTIONS = [
  "Listening",
  "TLS",
  "The app",
  "Workers",
  "Limits",
  "Statistics",
  "Log",
] as const;

/** One row of the table. Its flag, variable and YAML key are its name in the spelling of each. */
export interface Option<T> {
  readonly section: (typeof SECTIONS)[number];
  readonly kind: Kind<NonNullable<T>>;
  readonly fallback: T;
  /** The default in words, where the value itself does not say it. */
  readonly fallbackWords?: string;
  /** One sentence, without the default. */
  readonly help: string;
  /** `p` is `-p`. */
  readonly short?: string;
  /** A variable of other people's that is heard when nothing else is said. */
  readonly alsoEnv?: string;
  /** Cannot stand in the YAML file: it is needed to find that file. */
  readonly isBeforeFile?: true;
}

/** Every option there is. Flags, variables, YAML keys, help and docs/OPTIONS.md come from here and nowhere else. */
export const OPTIONS: { readonly [K in SettingName]: Option<Settings[K]> } = {
  listen: {
    section: "Listening",
    kind: list(address),
    fallback: [{ kind: "tcp", host: "127.0.0.1", port: 3000 }],
    short: "l",
    help: "Where to listen: HOST:PORT, :PORT for all interfaces, or the path of a socket; swiftiply:HOST:PORT?key=KEY connects to a proxy. Repeatable.",
  },
  port: {
    section: "Listening",
    kind: integer(0, "PORT"),
    fallback: undefined,
    short: "p",
    help: "Listen on this port of 127.0.0.1; 0 takes a free one.",
  },
  socket: {
    section: "Listening",
    kind: text("FILE", "the path of a socket"),
    fallback: undefined,
    short: "S",
    help: "Listen on this UNIX socket.",
  },
  socketMode: {
    section: "Listening",
    kind: mode,
    fallback: 0o777,
    help: "Permissions of UNIX sockets.",
  },
  backlog: {
    section: "Listening",
    kind: integer(1),
    fallback: HTTP_DEFAULTS.backlog,
    help: "Connections that the kernel holds until they are accepted.",
  },
  maxConns: {
    section: "Listening",
    kind: integer(1),
    fallback: HTTP_DEFAULTS.connectionLimit,
    help: "Connections that may be open at a time; one more is turned away. Fewer where the hard limit of open files (`ulimit -Hn`) leaves no room for them; a lower soft limit is raised to it.",
  },
  maxPersistentConns: {
    section: "Listening",
    kind: integer(0),
    fallback: undefined,
    fallbackWords: "no limit",
    help: "Connections that may be kept alive at a time; one more is closed after its first answer.",
  },
  tlsKey: {
    section: "TLS",
    kind: list(text("FILE", "a PEM file")),
    fallback: [],
    help: "The private key. With `--tls-cert`, all TCP listeners speak HTTPS; HUP reads both anew. Repeatable.",
  },
  tlsCert: {
    section: "TLS",
    kind: list(text("FILE", "a PEM file")),
    fallback: [],
    help: "The certificate, followed by those that lead from it to a root. Repeatable, each with a key: clients get the one for the name that they ask for, or the first.",
  },
  tlsVersion: {
    section: "TLS",
    kind: tlsVersion,
    fallback: "TLSv1.2",
    help: "The oldest version of TLS that is spoken; 1.3 always is.",
  },
  tlsCiphers: {
    section: "TLS",
    kind: text("LIST", "names of ciphers joined by colons"),
    fallback: undefined,
    fallbackWords: "Node's",
    help: "Ciphers for TLS 1.2 and older, as OpenSSL names them.",
  },
  tlsClientCerts: {
    section: "TLS",
    kind: flag,
    fallback: false,
    help: "Ask clients for a certificate, which the app finds in rack.peer_cert. None is required, and none is verified.",
  },
  chdir: {
    section: "The app",
    kind: text("DIR", "a folder"),
    fallback: ".",
    short: "c",
    help: "The app's folder, as the word after `serve`. Paths in the other options are relative to it.",
    isBeforeFile: true,
  },
  config: {
    section: "The app",
    kind: text("FILE", "a YAML file"),
    fallback: undefined,
    fallbackWords: "gossamer.yml or config/gossamer.yml, if there is one",
    short: "C",
    help: "The YAML file to read options from.",
    isBeforeFile: true,
  },
  rackup: {
    section: "The app",
    kind: text("FILE", "a .ru or .rb file"),
    fallback: undefined,
    fallbackWords: "config.ru",
    short: "R",
    help: "The file that makes the app.",
  },
  adapter: {
    section: "The app",
    kind: choice(...ADAPTERS),
    fallback: undefined,
    fallbackWords: "rack, or rails where there is a config/environment.rb and no config.ru",
    help: "How the app is made when no --rackup is given; `file` serves the files of the folder.",
  },
  prefix: {
    section: "The app",
    kind: urlPath,
    fallback: undefined,
    help: "Mount the app under this path: it finds the path in SCRIPT_NAME, and all else is 404.",
  },
  require: {
    section: "The app",
    kind: list(text("FILE", "what Ruby can require")),
    fallback: [],
    short: "r",
    help: "Require this, as Ruby does (./FILE is from the app's folder), before the app is loaded. Repeatable.",
  },
  environment: {
    section: "The app",
    kind: text("ENV", "a name such as production"),
    fallback: "development",
    short: "e",
    help: "RACK_ENV of the app.",
    alsoEnv: "RACK_ENV",
  },
  tag: {
    section: "The app",
    kind: text("NAME", "a name"),
    fallback: undefined,
    help: "A word to know the workers by in a list of processes.",
  },
  imitate: {
    section: "The app",
    kind: choice("thin"),
    fallback: undefined,
    help: "Describe the server as this one does: its Server header, its own keys of the env, its page for an app that raises.",
  },
  user: {
    section: "The app",
    kind: text("NAME", "a name"),
    fallback: undefined,
    help: "The user to become once the addresses are bound; root may bind a low port and give its rights up.",
  },
  group: {
    section: "The app",
    kind: text("NAME", "a name"),
    fallback: undefined,
    fallbackWords: "the user's own",
    help: "The group to become, with --user.",
  },
  workers: {
    section: "Workers",
    kind: count,
    fallback: "auto",
    fallbackWords: "auto: one a core",
    short: "w",
    help: "How many processes run the app.",
  },
  threads: {
    section: "Workers",
    kind: integer(1),
    fallback: 3,
    short: "t",
    help: "How many requests a worker runs at a time.",
  },
  reactor: {
    section: "Workers",
    kind: choice(...REACTOR_USES),
    fallback: "auto",
    help: "Run EventMachine's reactor beside the app, for Thin's async API; auto: when the app has loaded EventMachine.",
  },
  preload: {
    section: "Workers",
    kind: flag,
    fallback: true,
    help: "Load the app once and fork the workers, which share its memory.",
  },
  yjit: {
    section: "Workers",
    kind: flag,
    fallback: undefined,
    fallbackWords: "on from Ruby 3.3 on, where it has it",
    help: "Run Ruby with YJIT. Ruby 3.1 sets 256 MB aside for it.",
  },
  earlyHints: {
    section: "Workers",
    kind: flag,
    fallback: false,
    help: "Let the app send 103 Early Hints; not every proxy in front can take them.",
  },
  oobgc: {
    section: "Workers",
    kind: flag,
    fallback: false,
    help: "Collect Ruby's garbage between requests rather than in them.",
  },
  maxQueue: {
    section: "Workers",
    kind: integer(0),
    fallback: POOL_DEFAULTS.queueLimit,
    help: "Requests that may wait for a worker; one more gets 503 with Retry-After.",
  },
  workerTimeout: {
    section: "Workers",
    kind: duration,
    fallback: POOL_DEFAULTS.workerTimeoutMs,
    help: "Kill a worker whose app has not begun to answer for so long; 0 never does.",
  },
  bootTimeout: {
    section: "Workers",
    kind: duration,
    fallback: 120_000,
    help: "How long the app may take to load; then the start (or restart) fails, and says where Ruby is. 0 waits for ever.",
  },
  maxRequests: {
    section: "Workers",
    kind: integer(0),
    fallback: POOL_DEFAULTS.requestLimit,
    help: "Replace a worker after so many requests; 0 never does.",
  },
  maxMemory: {
    section: "Workers",
    kind: bytes,
    fallback: POOL_DEFAULTS.memoryLimitBytes,
    help: "Replace a worker that has grown past this; 0 never does.",
  },
  timeout: {
    section: "Limits",
    kind: duration,
    fallback: 30_000,
    help: "How long requests may take to finish when the server stops.",
  },
  keepAliveTimeout: {
    section: "Limits",
    kind: duration,
    fallback: HTTP_DEFAULTS.keepAliveTimeoutMs,
    help: "How long a connection may idle between requests.",
  },
  headTimeout: {
    section: "Limits",
    kind: duration,
    fallback: HTTP_DEFAULTS.headTimeoutMs,
    help: "How long the head of a request may take; then 408.",
  },
  bodyTimeout: {
    section: "Limits",
    kind: duration,
    fallback: HTTP_DEFAULTS.bodyTimeoutMs,
    help: "How long a body may make no progress; then 408.",
  },
  maxHead: {
    section: "Limits",
    kind: bytes,
    fallback: HTTP_DEFAULTS.headLimitBytes,
    help: "Size of a request's head; past it 431.",
  },
  maxTarget: {
    section: "Limits",
    kind: bytes,
    fallback: HTTP_DEFAULTS.targetLimitBytes,
    help: "Length of a request's target; past it 414.",
  },
  maxFields: {
    section: "Limits",
    kind: integer(1),
    fallback: HTTP_DEFAULTS.fieldCountLimit,
    help: "Field lines in a request's head; past it 431.",
  },
  maxBody: {
    section: "Limits",
    kind: bytes,
    fallback: HTTP_DEFAULTS.bodyLimitBytes,
    fallbackWords: "no limit",
    help: "Size of a request's body; past it 413.",
  },
  bodyMemory: {
    section: "Limits",
    kind: bytes,
    fallback: HTTP_DEFAULTS.bodyMemoryLimitBytes,
    help: "Keep larger request bodies in a file until they are read.",
  },
  streamUploads: {
    section: "Limits",
    kind: flag,
    fallback: HTTP_DEFAULTS.streamUploads,
    help: "Hand request bodies to the app as they arrive, for apps that must read them so.",
  },
  stats: {
    section: "Statistics",
    kind: pagePath,
    fallback: undefined,
    help: "Show how the server is doing under this path (and PATH.json), whatever the workers do. Whoever can ask may read it.",
  },
  log: {
    section: "Log",
    kind: text("FILE", "a file"),
    fallback: undefined,
    fallbackWords: "standard output",
    help: "Where the log goes; USR1 opens it anew.",
  },
  logFormat: {
    section: "Log",
    kind: choice("text", "json"),
    fallback: "text",
    help: "How the lines of the log look.",
  },
  accessLog: {
    section: "Log",
    kind: text("FILE", "a file, or - for standard output"),
    fallback: undefined,
    fallbackWords: "none",
    help: "A line for each request goes to this file, or with - to standard output; USR1 opens it anew.",
  },
  accessLogFormat: {
    section: "Log",
    kind: choice("combined", "common", "json"),
    fallback: "combined",
    help: "How the lines of the access log look.",
  },
  quiet: {
    section: "Log",
    kind: flag,
    fallback: false,
    short: "q",
    help: "Log nothing but what went wrong.",
  },
  debug: {
    section: "Log",
    kind: flag,
    fallback: false,
    short: "D",
    help: "Log everything, each fact with its figures.",
  },
  trace: {
    section: "Log",
    kind: flag,
    fallback: false,
    help: "Log the bytes of requests and responses as they are, with the secrets in them.",
  },
};

/** The names of all options, in the order of the table. */
export const OPTION_NAMES: readonly SettingName[] = Object.keys(OPTIONS) as SettingName[];
