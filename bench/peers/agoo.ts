import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import { counts, type Peer } from "./peer.ts";

export const agoo: Peer = {
  name: "agoo",
  gem: "agoo",
  title: "Agoo",
  command: () => ["bundle", "exec", "ruby", resolve(ROOT, "bench/peers/agoo.rb")],
  environment: counts,
  yjit: "faster",
};
