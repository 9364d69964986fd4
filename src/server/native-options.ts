import { privateFolderPrefix } from "../control/index.ts";
import { failurePage, type NativeOptions } from "../rack/index.ts";
import { memoryBytes } from "../unix/index.ts";
import type { ServerOptions } from "./options.ts";
import type { ServerEmit } from "./server.ts";

/** What the native engine needs of the server's options. */
export function nativeOptions({ app, pool, log }: ServerOptions, emit: ServerEmit): NativeOptions {
  return {
    rubyCommand: [app.ruby],
    appFolder: app.directory,
    rackup: app.rackup,
    adapter: app.adapter,
    prefix: app.prefix ?? "",
    reactor: app.reactor,
    require: app.require,
    environment: app.environment,
    threads: app.threads,
    workers: pool.workers,
    preload: app.preload,
    yjit: app.yjit,
    earlyHints: app.earlyHints,
    oobGc: app.oobgc,
    bootTimeoutMs: app.bootTimeoutMs,
    env: process.env,
    memoryBytesOf: memoryBytes,
    log,
    folderPrefix: privateFolderPrefix(process.pid),
    tag: app.tag ?? "",
    imitate: app.imitate,
    emit,
    page: (failure, request) => failurePage(app, failure, request),
  };
}
