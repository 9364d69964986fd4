import type { Launch, Peer } from "./peer.ts";

/**
 * Thin as it is meant to be run: an event loop and no threads, always one process, since a Thin
 * cluster is many ports and needs a balancer in front.
 */
export const thin: Peer = {
  name: "thin",
  gem: "thin",
  title: "Thin",
  command,
  remark: ({ workers, threads }) =>
    workers * threads > 1 ? "one process, one request at a time" : undefined,
  yjit: "faster",
};

/** Its experimental threads, as many as the shape has in all. */
export const thinThreaded: Peer = {
  name: "thin-threaded",
  gem: "thin",
  title: "Thin --threaded",
  takesPart: ({ workers, threads }) => workers * threads > 1,
  command: (launch) => [...command(launch), "--threaded", "--threadpool-size", pool(launch)],
  remark: (launch) => `one process with ${pool(launch)} threads`,
  yjit: "faster",
};

function command({ port }: Launch): readonly string[] {
  return [
    ...["bundle", "exec", "thin", "start", "-q", "-e", "production", "-R", "config.ru"],
    ...["-a", "127.0.0.1", "-p", String(port)],
    ...["--max-conns", "8192", "--max-persistent-conns", "8192"],
  ];
}

const pool = ({ workers, threads }: Launch): string => String(workers * threads);
