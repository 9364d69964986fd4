import type { Launch, Peer } from "./peer.ts";

/** Always one process: a Thin cluster is many ports, which needs a balancer in front. */
export const thin: Peer = {
  name: "thin",
  title: "Thin",
  command: (launch) => [
    ...["bundle", "exec", "thin", "start", "-q", "-e", "production", "-R", "config.ru"],
    ...["-a", "127.0.0.1", "-p", String(launch.port)],
    ...["--max-conns", "8192", "--max-persistent-conns", "8192"],
    ...(pool(launch) > 1 ? ["--threaded", "--threadpool-size", String(pool(launch))] : []),
  ],
  remark: (launch) =>
    launch.workers > 1 ? `one process with ${pool(launch)} threads: it has no workers` : undefined,
  yjit: "faster",
};

const pool = (launch: Launch): number => launch.workers * launch.threads;
