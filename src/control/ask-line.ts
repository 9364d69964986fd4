import { connect } from "node:net";

/** What came of a line: its answer, or why there is none. */
export type Answer =
  | { readonly kind: "answer"; readonly line: string }
  /** Nobody listens there; `code` says why: ENOENT, ECONNREFUSED, EACCES. */
  | { readonly kind: "nobody"; readonly code: string }
  /** It was heard, and then the other side went away. */
  | { readonly kind: "gone" }
  | { readonly kind: "late" };

/** Sends `line` to the UNIX socket at `path`; resolves with what came of it within `timeoutMs`. */
export function askLine(
  path: string,
  line: string,
  timeoutMs: number = Number.POSITIVE_INFINITY,
): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let isHeard = false;
    let text = "";
    let code = "";
    const timer =
      timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => end("late"), timeoutMs);
    const end = (kind: "late" | "over"): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(kind === "late" ? { kind } : outcome());
    };
    const outcome = (): Answer => {
      if (text.endsWith("\n")) return { kind: "answer", line: text.slice(0, -1) };
      return isHeard ? { kind: "gone" } : { kind: "nobody", code };
    };
    socket.setEncoding("utf8");
    socket.on("connect", () => {
      isHeard = true;
      socket.write(`${line}\n`);
    });
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code ?? "";
    });
    socket.on("close", () => end("over"));
  });
}
