import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import { counts, type Peer } from "./peer.ts";

export const pitchfork: Peer = {
  name: "pitchfork",
  title: "Pitchfork",
  command: () => [
    ...["bundle", "exec", "pitchfork", "-E", "production"],
    ...["-c", resolve(ROOT, "bench/peers/pitchfork.rb"), "config.ru"],
  ],
  environment: counts,
  remark: ({ threads }) =>
    threads > 1 ? "no threads, and a new connection for each request" : undefined,
  yjit: "faster",
};
