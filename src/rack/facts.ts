import type { Request } from "../message/index.ts";
import type { Failure } from "./failure.ts";

/** What happens between the front and the Ruby that runs the app. */
export type RackFact =
  /** The app raised: before there was a response, or (`isCut`) in the middle of one. */
  | {
      readonly kind: "app-failed";
      readonly worker: number;
      readonly pid: number | undefined;
      readonly request: Request;
      readonly failure: Failure;
      readonly isCut: boolean;
    }
  | { readonly kind: "load-failed"; readonly generation: number; readonly failure: Failure }
  | { readonly kind: "mold-ready"; readonly generation: number; readonly pid: number | undefined }
  | { readonly kind: "mold-gone"; readonly generation: number; readonly reason: string }
  /** The first worker or mold is ready, and says what it runs on; `rack` is "" where the app has none. */
  | { readonly kind: "ruby"; readonly ruby: string; readonly rack: string };

/** Takes facts. */
export type Emit = (fact: RackFact) => void;
