import type { Peer } from "./peer.ts";

/** Single mode for one worker, a preloaded cluster for more, as its documentation advises. */
export const puma: Peer = {
  name: "puma",
  gem: "puma",
  title: "Puma",
  command: ({ port, workers, threads }) => [
    ...["bundle", "exec", "puma", "--no-config", "--silent", "-e", "production"],
    ...["-b", `tcp://127.0.0.1:${port}`, "-t", `${threads}:${threads}`],
    ...(workers > 1 ? ["-w", String(workers), "--preload"] : []),
    "config.ru",
  ],
  yjit: "both",
};
