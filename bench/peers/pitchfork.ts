import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import { counts, type Peer } from "./peer.ts";

export const pitchfork: Peer = {
  name: "pitchfork",
  gem: "pitchfork",
  title: "Pitchfork",
  command: () => [
    ...["bundle", "exec", "pitchfork", "-E", "production"],
    ...["-c", resolve(ROOT, "bench/peers/pitchfork.rb"), "config.ru"],
  ],
  environment: counts,
  remark: () => "one request a process, and a new connection for each",
  yjit: "faster",
};
