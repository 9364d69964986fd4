/** How many workers there are, and what ends one. */
export interface PoolOptions {
  readonly workers: number;
  /** Requests that may wait for a worker; one more gets 503. */
  readonly queueLimit: number;
  /** How long the app may take until its response begins; 0 is for ever. */
  readonly workerTimeoutMs: number;
  /** Requests after which a worker is replaced; 0 is never. */
  readonly requestLimit: number;
  /** Memory past which a worker is replaced; 0 is never. */
  readonly memoryLimitBytes: number;
  /** How often memory is looked at. */
  readonly memoryCheckMs: number;
  /** How long a worker that leaves may take to finish what it has. */
  readonly retireTimeoutMs: number;
}

export const POOL_DEFAULTS: PoolOptions = {
  workers: 1,
  queueLimit: 1024,
  workerTimeoutMs: 60_000,
  requestLimit: 0,
  memoryLimitBytes: 0,
  memoryCheckMs: 5_000,
  retireTimeoutMs: 30_000,
};
