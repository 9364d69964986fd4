/** An option of Thin's, as `thin -h` lists it. */
export interface ThinOption {
  /** Thin's name for it, also in its YAML files. */
  readonly key: string;
  readonly section: string;
  readonly short?: string;
  readonly long: string;
  /** What the usage shows for the argument; `[X]` may be left out. */
  readonly argument?: string;
  readonly help: string;
  /** May be given several times; a file may hold a list of them. */
  readonly isRepeatable?: true;
  /** Known, and refused for good: what to do instead. */
  readonly refusal?: string;
}

const SERVER = "Server options";
const SSL = "SSL options";
const ADAPTER = "Adapter options";
const DAEMON = "Daemon options";
const CLUSTER = "Cluster options";
const TUNING = "Tuning options";
const COMMON = "Common options";
const LOG = "Log options";
const APP = "App options";

/** The options of Thin 2.0.1, in the order of its usage, then ours. */
export const THIN_OPTIONS: readonly ThinOption[] = [
  {
    key: "address",
    section: SERVER,
    short: "a",
    long: "address",
    argument: "HOST",
    help: "bind to HOST (default: 0.0.0.0)",
  },
  {
    key: "port",
    section: SERVER,
    short: "p",
    long: "port",
    argument: "PORT",
    help: "use PORT (default: 3000)",
  },
  {
    key: "socket",
    section: SERVER,
    short: "S",
    long: "socket",
    argument: "FILE",
    help: "bind to the UNIX socket FILE",
  },
  {
    key: "swiftiply",
    section: SERVER,
    short: "y",
    long: "swiftiply",
    argument: "[KEY]",
    help: "run behind the Swiftiply proxy at HOST:PORT",
  },
  {
    key: "adapter",
    section: SERVER,
    short: "A",
    long: "adapter",
    argument: "NAME",
    help: "Rack adapter to use: rack, rails, file (default: by the files of the app)",
  },
  {
    key: "rackup",
    section: SERVER,
    short: "R",
    long: "rackup",
    argument: "FILE",
    help: "load this Rack config file instead of an adapter",
  },
  {
    key: "chdir",
    section: SERVER,
    short: "c",
    long: "chdir",
    argument: "DIR",
    help: "change to DIR before starting",
  },
  {
    key: "stats",
    section: SERVER,
    long: "stats",
    argument: "PATH",
    help: "show a page of statistics under PATH",
  },
  { key: "ssl", section: SSL, long: "ssl", help: "speak TLS" },
  {
    key: "ssl_key_file",
    section: SSL,
    long: "ssl-key-file",
    argument: "PATH",
    help: "private key; one for each certificate, in the same order",
    isRepeatable: true,
  },
  {
    key: "ssl_cert_file",
    section: SSL,
    long: "ssl-cert-file",
    argument: "PATH",
    help: "certificate; given again, another one for clients that ask for its name",
    isRepeatable: true,
  },
  {
    key: "ssl_disable_verify",
    section: SSL,
    long: "ssl-disable-verify",
    help: "ask no client for a certificate",
  },
  {
    key: "ssl_version",
    section: SSL,
    long: "ssl-version",
    argument: "VERSION",
    help: "oldest TLS version to speak: TLSv1_2 or TLSv1_3 (default: TLSv1_2)",
  },
  {
    key: "ssl_cipher_list",
    section: SSL,
    long: "ssl-cipher-list",
    argument: "STRING",
    help: "ciphers for TLS 1.2 and older",
  },
  {
    key: "environment",
    section: ADAPTER,
    short: "e",
    long: "environment",
    argument: "ENV",
    help: "RACK_ENV (default: $RACK_ENV or development)",
  },
  {
    key: "prefix",
    section: ADAPTER,
    long: "prefix",
    argument: "PATH",
    help: "mount the app under PATH",
  },
  {
    key: "daemonize",
    section: DAEMON,
    short: "d",
    long: "daemonize",
    help: "run in the background",
  },
  {
    key: "log",
    section: DAEMON,
    short: "l",
    long: "log",
    argument: "FILE",
    help: "where the log of a daemon goes",
  },
  {
    key: "pid",
    section: DAEMON,
    short: "P",
    long: "pid",
    argument: "FILE",
    help: "where the PID of a daemon goes",
  },
  {
    key: "user",
    section: DAEMON,
    short: "u",
    long: "user",
    argument: "NAME",
    help: "user to become once the address is bound",
  },
  {
    key: "group",
    section: DAEMON,
    short: "g",
    long: "group",
    argument: "NAME",
    help: "group to become (default: the user's own)",
  },
  {
    key: "tag",
    section: DAEMON,
    long: "tag",
    argument: "NAME",
    help: "a word for the list of processes",
  },
  {
    key: "servers",
    section: CLUSTER,
    short: "s",
    long: "servers",
    argument: "NUM",
    help: "number of servers to start",
  },
  {
    key: "only",
    section: CLUSTER,
    short: "o",
    long: "only",
    argument: "NUM",
    help: "act on this one server of the cluster",
  },
  {
    key: "config",
    section: CLUSTER,
    short: "C",
    long: "config",
    argument: "FILE",
    help: "read the options from FILE",
  },
  {
    key: "all",
    section: CLUSTER,
    long: "all",
    argument: "[DIR]",
    help: "act on every config file in DIR",
  },
  {
    key: "onebyone",
    section: CLUSTER,
    short: "O",
    long: "onebyone",
    help: "restart the cluster one by one (only restart)",
  },
  {
    key: "wait",
    section: CLUSTER,
    short: "w",
    long: "wait",
    argument: "NUM",
    help: "seconds to wait for each server with -O",
  },
  {
    key: "backend",
    section: TUNING,
    short: "b",
    long: "backend",
    argument: "CLASS",
    help: "backend to use, a class name",
    refusal:
      "Backends are classes of the thin gem's. " +
      "Say where to listen with --address and --port or with --socket, or run behind Swiftiply with --swiftiply.",
  },
  {
    key: "timeout",
    section: TUNING,
    short: "t",
    long: "timeout",
    argument: "SEC",
    help: "close connections idle so long, and stop within (default: 30)",
  },
  {
    key: "force",
    section: TUNING,
    short: "f",
    long: "force",
    help: "force the execution of the command (only stop)",
  },
  {
    key: "max_conns",
    section: TUNING,
    long: "max-conns",
    argument: "NUM",
    help: "connections open at a time (default: 1024)",
  },
  {
    key: "max_persistent_conns",
    section: TUNING,
    long: "max-persistent-conns",
    argument: "NUM",
    help: "connections kept alive at a time (default: 100)",
  },
  { key: "threaded", section: TUNING, long: "threaded", help: "run requests in threads" },
  {
    key: "threadpool_size",
    section: TUNING,
    long: "threadpool-size",
    argument: "NUM",
    help: "threads with --threaded (default: 20)",
  },
  {
    key: "no_epoll",
    section: TUNING,
    long: "no-epoll",
    help: "accepted for compatibility: means nothing here",
  },
  {
    key: "require",
    section: COMMON,
    short: "r",
    long: "require",
    argument: "FILE",
    help: "require FILE before the app",
    isRepeatable: true,
  },
  { key: "quiet", section: COMMON, short: "q", long: "quiet", help: "log nothing" },
  { key: "debug", section: COMMON, short: "D", long: "debug", help: "log more" },
  {
    key: "trace",
    section: COMMON,
    short: "V",
    long: "trace",
    help: "log raw requests and responses",
  },
  { key: "help", section: COMMON, short: "h", long: "help", help: "show this" },
  { key: "version", section: COMMON, short: "v", long: "version", help: "show the version" },
  {
    key: "log_format",
    section: LOG,
    long: "log-format",
    argument: "FORMAT",
    help: "text, which is Thin's, or json (default: text)",
  },
  {
    key: "access_log",
    section: LOG,
    long: "access-log",
    argument: "FILE",
    help: "a line for each request goes there; - is standard output, of a daemon its log",
  },
  {
    key: "access_log_format",
    section: LOG,
    long: "access-log-format",
    argument: "FORMAT",
    help: "combined, common or json (default: combined)",
  },
  {
    key: "boot_timeout",
    section: APP,
    long: "boot-timeout",
    argument: "SEC",
    help: "seconds that the app may take to load; 0: any (default: 120)",
  },
  {
    key: "reactor",
    section: APP,
    long: "reactor",
    argument: "WHEN",
    help: "run EventMachine's reactor beside the app: auto (if it has loaded EventMachine), always, never",
  },
];
