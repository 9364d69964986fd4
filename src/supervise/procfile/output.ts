/** Where the lines of all processes go. */
export interface Output {
  /** Takes whole lines of one process; false when the reader is slow, and no more should come until `drained`. */
  write(process: string, lines: readonly Buffer[]): boolean;
  /** Resolves once more is welcome. */
  drained(): Promise<void>;
}
