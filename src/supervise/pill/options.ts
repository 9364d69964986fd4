/** One of the pill's streams: this process's own, none, or an open file. */
type Stream = "inherit" | "ignore" | number;

/** How a pill is read. */
export interface PillOptions {
  /** Where relative paths of the pill begin, and where it runs. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** The command's `-c`: the pill finds it in BLUEPILL_BASE_DIR. */
  readonly baseDir?: string | undefined;
  /** How long it may take to be read. */
  readonly timeoutMs: number;
  /** Where it reads from and prints to. */
  readonly stdio: readonly [stdin: Stream, stdout: Stream, stderr: Stream];
}

export const PILL_DEFAULTS: Pick<PillOptions, "timeoutMs" | "stdio"> = {
  timeoutMs: 60_000,
  stdio: ["inherit", "inherit", "inherit"],
};
