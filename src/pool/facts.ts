/** Why a worker that works is replaced. */
export type ReplaceReason = "requests" | "memory" | "restart" | "resize" | "timeout";

/** What happens in the pool, for whoever keeps the log and the numbers. */
export type PoolFact =
  | {
      readonly type: "worker-ready";
      readonly number: number;
      readonly generation: number;
      readonly pid: number | undefined;
      readonly bootMs: number;
    }
  | {
      readonly type: "worker-gone";
      readonly number: number;
      readonly generation: number;
      readonly pid: number | undefined;
      readonly reason: string;
      /** Requests that ended with it. */
      readonly lost: number;
      /** When another takes its place; undefined when none does. */
      readonly restartInMs: number | undefined;
    }
  | { readonly type: "worker-load-failed"; readonly number: number; readonly message: string }
  | {
      readonly type: "worker-retiring";
      readonly number: number;
      readonly pid: number | undefined;
      readonly reason: ReplaceReason;
      /** The figure that was passed, for `requests` (count) and `memory` (bytes). */
      readonly figure: number | undefined;
    }
  | {
      readonly type: "worker-stuck";
      readonly number: number;
      readonly pid: number | undefined;
      readonly method: string;
      readonly target: string;
      readonly stuckMs: number;
      /** Ruby's own backtraces of the worker's threads; "" when it could not say. */
      readonly backtraces: string;
    }
  | { readonly type: "worker-killed"; readonly number: number; readonly pid: number | undefined }
  | { readonly type: "queue-full"; readonly length: number }
  | { readonly type: "restart-began"; readonly generation: number }
  | { readonly type: "restart-done"; readonly generation: number; readonly tookMs: number }
  | { readonly type: "restart-failed"; readonly generation: number; readonly message: string };
