import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import type { Peer } from "./peer.ts";

/** Ourselves, as built from this checkout. */
export const gossamer: Peer = {
  name: "gossamer",
  gem: "gossamer",
  title: "Gossamer",
  command: ({ appDir, port, workers, threads }) => [
    process.execPath,
    resolve(ROOT, "bin/gossamer.mjs"),
    ...["serve", appDir, "--listen", `127.0.0.1:${port}`],
    ...["--workers", String(workers), "--threads", String(threads), "-e", "production"],
  ],
  // One short trial may choose wrongly on a machine that others use too.
  yjit: "both",
};
