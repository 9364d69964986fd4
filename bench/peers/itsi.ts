import { resolve } from "node:path";
import { ROOT } from "../root.ts";
import { counts, type Peer } from "./peer.ts";

export const itsi: Peer = {
  name: "itsi",
  gem: "itsi",
  title: "Itsi",
  command: () => ["bundle", "exec", "itsi", "serve", "-C", resolve(ROOT, "bench/peers/itsi.rb")],
  environment: counts,
  remark: () => "its request backlog raised to 2048, or it answers 503",
  yjit: "faster",
};
