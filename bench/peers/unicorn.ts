import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import { counts, type Peer } from "./peer.ts";

export const unicorn: Peer = {
  name: "unicorn",
  gem: "unicorn",
  title: "Unicorn",
  command: () => [
    ...["bundle", "exec", "unicorn", "-E", "production"],
    ...["-c", resolve(ROOT, "bench/peers/unicorn.rb"), "config.ru"],
  ],
  environment: counts,
  remark: () => "one request a process, and a new connection for each",
  yjit: "faster",
};
