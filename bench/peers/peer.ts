/** A server under test: how it is started on an app, and nothing else. */

export type PeerName =
  | "gossamer"
  | "puma"
  | "thin"
  | "thin-threaded"
  | "unicorn"
  | "pitchfork"
  | "falcon"
  | "iodine"
  | "agoo"
  | "itsi";

export type Launch = {
  /** Absolute; also the working directory of the server. */
  readonly appDir: string;
  readonly port: number;
  readonly workers: number;
  readonly threads: number;
};

export type Peer = {
  readonly name: PeerName;
  /** Its gem, and its folder in `bench/gems`. */
  readonly gem: string;
  readonly title: string;
  /** Whether this shape makes sense for it; every shape does when absent. */
  readonly takesPart?: (launch: Launch) => boolean;
  /** The command as it would be typed, without environment. */
  readonly command: (launch: Launch) => readonly string[];
  readonly environment?: (launch: Launch) => Readonly<Record<string, string>>;
  /** What a reader has to know about this peer in this shape. */
  readonly remark?: (launch: Launch) => string | undefined;
  /** "both" measures it with and without YJIT; "faster" keeps the better of the two. */
  readonly yjit: "both" | "faster";
};

/** The counts for peers that read them from a Ruby configuration file. */
export function counts(launch: Launch): Readonly<Record<string, string>> {
  return {
    BENCH_PORT: String(launch.port),
    BENCH_WORKERS: String(launch.workers),
    BENCH_THREADS: String(launch.threads),
  };
}
