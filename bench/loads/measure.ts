import type { Figures } from "../metric.ts";
import type { RunningServer } from "../processes/server.ts";

export type Times = { readonly warmUpSeconds: number; readonly seconds: number };

/** Puts one load on a server that is ready and resolves with this round's figures. */
export type Measure<Load> = (server: RunningServer, load: Load, times: Times) => Promise<Figures>;
