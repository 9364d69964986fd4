import type { Peer } from "./peer.ts";

/** `-warmup` is its preload, for which it also accepts the word `--preload`. */
export const iodine: Peer = {
  name: "iodine",
  gem: "iodine",
  title: "Iodine",
  command: ({ port, workers, threads }) => [
    ...["bundle", "exec", "iodine", "-b", "127.0.0.1", "-p", String(port), "-V", "1"],
    ...["-w", String(workers), "-t", String(threads)],
    ...(workers > 1 ? ["-warmup"] : []),
    "config.ru",
  ],
  yjit: "faster",
};
