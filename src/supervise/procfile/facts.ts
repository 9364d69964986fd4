import type { Exit } from "../../unix/index.ts";

/** What happens while a Procfile runs. `process` is the name of one of its processes, such as `web.1`. */
export type UpFact =
  | { readonly type: "up-started"; readonly process: string; readonly pid: number }
  /** Its command has left a daemon behind. */
  | {
      readonly type: "up-following";
      readonly process: string;
      readonly pid: number;
      readonly pidFile: string;
    }
  | { readonly type: "up-ended"; readonly process: string; readonly exit: Exit }
  | { readonly type: "up-restarting"; readonly process: string; readonly delayMs: number }
  | { readonly type: "up-stopping"; readonly process: string; readonly signal: NodeJS.Signals }
  | { readonly type: "up-stopping-all"; readonly signal: NodeJS.Signals }
  | { readonly type: "up-signalled"; readonly signal: NodeJS.Signals }
  | { readonly type: "up-forwarding"; readonly signal: NodeJS.Signals }
  | { readonly type: "up-web-ignored" }
  | {
      readonly type: "up-line-ignored";
      readonly file: string;
      readonly line: number;
      readonly text: string;
    };
