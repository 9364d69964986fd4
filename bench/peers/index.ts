import { agoo } from "./agoo.ts";
import { falcon } from "./falcon.ts";
import { gossamer } from "./gossamer.ts";
import { iodine } from "./iodine.ts";
import { itsi } from "./itsi.ts";
import type { Peer } from "./peer.ts";
import { pitchfork } from "./pitchfork.ts";
import { puma } from "./puma.ts";
import { thin, thinThreaded } from "./thin.ts";
import { unicorn } from "./unicorn.ts";

export type { Launch, Peer, PeerName } from "./peer.ts";

/** Ourselves first, then the peers in the order of the tables. */
export const PEERS: readonly Peer[] = [
  ...[gossamer, puma, thin, thinThreaded, unicorn, pitchfork],
  ...[falcon, iodine, agoo, itsi],
];
