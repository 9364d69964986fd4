import { FileTail } from "../../unix/index.ts";
import { Lines } from "./lines.ts";
import type { Output } from "./output.ts";

/** Passes on what a daemon writes to its logs, as if it wrote it to its output. */
export class LogTails {
  readonly #ends: readonly (() => void)[];

  /** From now on; logs that are not there yet are waited for. */
  constructor(paths: readonly string[], process: string, output: Output) {
    this.#ends = paths.map((path) => follow(path, process, output));
  }

  /** Passes on what is left. */
  close(): void {
    for (const end of this.#ends) end();
  }
}

function follow(path: string, process: string, output: Output): () => void {
  const lines = new Lines();
  const tail: FileTail = new FileTail(path, (bytes) => {
    if (output.write(process, lines.push(bytes))) return;
    tail.pause();
    void output.drained().then(() => tail.resume());
  });
  return () => {
    tail.close();
    output.write(process, lines.rest());
  };
}
