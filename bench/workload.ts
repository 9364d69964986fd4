/** A workload: which app, in which shape, under which load, and what is promised of it. */

import type { Metric } from "./metric.ts";
import type { PeerName } from "./peers/peer.ts";

export type Throughput = {
  readonly kind: "throughput";
  readonly path: string;
  readonly connections: number;
};

/** Two loads at once on one server; the figures are those of `fast`. */
export type Mixed = {
  readonly kind: "mixed";
  readonly slow: { readonly path: string; readonly connections: number };
  readonly fast: { readonly path: string; readonly connections: number };
};

/** The same load without, then with, clients that take for ever. */
export type SlowClients = {
  readonly kind: "slow-clients";
  readonly path: string;
  readonly connections: number;
  readonly uploads: { readonly path: string; readonly clients: number };
  readonly downloads: { readonly path: string; readonly clients: number };
};

export type Transfer = {
  readonly kind: "transfer";
  readonly direction: "download" | "upload";
  readonly path: string;
  readonly bytes: number;
};

/** The same load without, then with, many kept connections that ask nothing. */
export type Idle = {
  readonly kind: "idle";
  readonly path: string;
  readonly connections: number;
  readonly idleConnections: number;
};

export type Memory = {
  readonly kind: "memory";
  readonly path: string;
  readonly requests: number;
};

export type Load = Throughput | Mixed | SlowClients | Transfer | Idle | Memory;

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

export type Rivals = readonly PeerName[] | "every peer";

/**
 * A promise about one of our figures. `of` says what it is divided by: the faster Puma, some peers
 * (the strictest of them judges), every peer that ran, or nothing (the figure itself is bounded).
 */
export type Target = {
  readonly metric: Metric;
  readonly of: Rivals | "itself";
  readonly bound: Bound;
};

/** A request whose answer proves that the app works before anything is measured. */
export type Probe = {
  readonly path: string;
  readonly uploadBytes?: number;
  /** The exact body expected; any body of a 200 when absent. */
  readonly answer?: string;
};

export type Workload = {
  readonly name: string;
  readonly title: string;
  /** The app's folder, from the root of the checkout. */
  readonly app: string;
  readonly workers: number;
  readonly threads: number;
  readonly probe: Probe;
  readonly load: Load;
  /** "faster" tries each server with and without YJIT and keeps the faster; "off" leaves YJIT out. */
  readonly yjit: "faster" | "off";
  /** How long an app of this size keeps a compiler busy: every server is warmed up for so long at least. */
  readonly settlesInSeconds?: number;
  /** The metric that says which Puma is the reference. */
  readonly deciding: Metric;
  readonly columns: readonly Metric[];
  readonly targets: readonly Target[];
};
