import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Launch, Peer } from "./peer.ts";

const RAILS = "config/environment.rb";

/** One forked process a worker; fibers instead of threads, as many as there are requests. */
export const falcon: Peer = {
  name: "falcon",
  gem: "falcon",
  title: "Falcon",
  command: (launch) => [
    ...["bundle", "exec", "falcon", "--quiet", "serve", "--forked"],
    ...["-b", `http://127.0.0.1:${launch.port}`, "-n", String(launch.workers), "-c", "config.ru"],
    ...preload(launch),
  ],
  remark: ({ threads }) => (threads > 1 ? "fibers instead of threads" : undefined),
  yjit: "faster",
};

function preload({ appDir }: Launch): readonly string[] {
  return existsSync(join(appDir, RAILS)) ? ["--preload", RAILS] : [];
}
