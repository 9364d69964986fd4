import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type Address, HTTP_DEFAULTS } from "../http/index.ts";
import { POOL_DEFAULTS } from "../pool/index.ts";
import type { Ruby } from "../ruby/index.ts";
import type { ServerOptions } from "../server/index.ts";
import { guessAdapter, sourceOf } from "./adapter.ts";
import type { Settings } from "./settings.ts";
import { tlsOptions } from "./tls.ts";

/** The settings as the server wants them: every path absolute, nothing left open. */
export function toServerOptions(
  settings: Settings,
  ruby: Ruby,
  inherited: readonly number[],
  identity: ServerOptions["identity"],
): ServerOptions {
  const directory = resolve(settings.chdir);
  return {
    listen: listenAddresses(settings, directory, inherited),
    app: {
      directory,
      ...sourceOfApp(settings, directory),
      prefix: settings.prefix,
      require: settings.require,
      environment: settings.environment,
      ruby: ruby.path,
      threads: settings.threads,
      reactor: settings.reactor,
      preload: settings.preload,
      yjit: ruby.hasYjit && (settings.yjit ?? hasMatureYjit(ruby)),
      earlyHints: settings.earlyHints,
      oobgc: settings.oobgc,
      bootTimeoutMs: settings.bootTimeout,
      tag: settings.tag,
      imitate: settings.imitate,
    },
    http: {
      ...HTTP_DEFAULTS,
      backlog: settings.backlog,
      tls: tlsOptions(settings, directory),
      connectionLimit: settings.maxConns,
      persistentLimit: settings.maxPersistentConns,
      keepAliveTimeoutMs: settings.keepAliveTimeout,
      headTimeoutMs: settings.headTimeout,
      bodyTimeoutMs: settings.bodyTimeout,
      headLimitBytes: settings.maxHead,
      targetLimitBytes: settings.maxTarget,
      fieldCountLimit: settings.maxFields,
      bodyLimitBytes: settings.maxBody,
      bodyMemoryLimitBytes: settings.bodyMemory,
      streamUploads: settings.streamUploads,
      tellsRequests: settings.accessLog !== undefined,
      tellsBytes: settings.trace,
      serverName: settings.imitate ?? "",
    },
    pool: {
      ...POOL_DEFAULTS,
      workers: workersOf(settings),
      queueLimit: settings.maxQueue,
      workerTimeoutMs: settings.workerTimeout,
      requestLimit: settings.maxRequests,
      memoryLimitBytes: settings.maxMemory,
      retireTimeoutMs: settings.timeout,
    },
    stopTimeoutMs: settings.timeout,
    identity,
    host: undefined,
    log: settings.log === undefined ? undefined : resolve(directory, settings.log),
  };
}

/** A file that is asked for wins over any adapter. */
function sourceOfApp(
  { rackup, adapter: named }: Settings,
  directory: string,
): Pick<ServerOptions["app"], "adapter" | "rackup"> {
  if (rackup !== undefined) return { adapter: "rack", rackup: resolve(directory, rackup) };
  const adapter = named ?? guessAdapter(directory) ?? "rack";
  return { adapter, rackup: sourceOf(adapter, directory) };
}

/** Before 3.3 YJIT warms up slowly, and takes its memory whether it is used or not. */
function hasMatureYjit({ version }: Ruby): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 3 || (major === 3 && minor >= 3);
}

/** What is asked for and what was handed over; the default only when there is neither. */
function listenAddresses(
  settings: Settings,
  directory: string,
  inherited: readonly number[],
): readonly Address[] {
  const { listen, port, socket } = settings;
  const fds = inherited.map((fd): Address => ({ kind: "fd", fd }));
  const named: Address[] = [...listen];
  if (port !== undefined) named.push({ kind: "tcp", host: "127.0.0.1", port });
  if (socket !== undefined) named.push({ kind: "unix", path: socket, mode: undefined });
  return [...fds, ...named.map((place) => located(place, directory, settings))];
}

/** The path of a socket is from the app's folder; to a proxy there is a connection for each request that can run. */
function located(place: Address, directory: string, settings: Settings): Address {
  if (place.kind === "swiftiply") {
    return { ...place, connections: workersOf(settings) * settings.threads };
  }
  if (place.kind !== "unix") return place;
  const mode = place.mode ?? settings.socketMode;
  return { ...place, path: resolve(directory, place.path), mode };
}

function workersOf({ workers }: Settings): number {
  return workers === "auto" ? availableParallelism() : workers;
}
