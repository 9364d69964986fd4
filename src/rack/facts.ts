import type { Emit as EmitFact } from "../kit/index.ts";
import type { Request } from "../message/index.ts";
import type { Failure } from "./failure.ts";

/** What happens between the front and the Ruby that runs the app. */
export type RackFact =
  /** The app raised: before there was a response, or (`isCut`) in the middle of one. */
  | {
      readonly type: "app-failed";
      readonly worker: number;
      readonly pid: number | undefined;
      readonly request: Request;
      readonly failure: Failure;
      readonly isCut: boolean;
    }
  /** The app could not be loaded; whoever waits for it is told why in one line, here is all of it. */
  | { readonly type: "app-not-loaded"; readonly failure: Failure }
  | { readonly type: "mold-ready"; readonly generation: number; readonly pid: number | undefined }
  | { readonly type: "mold-gone"; readonly generation: number; readonly reason: string }
  /** The first worker or mold is ready, and says what it runs on; `rack` is "" where the app has none. */
  | { readonly type: "ruby-known"; readonly ruby: string; readonly rack: string };

/** Where the facts of this room go. */
export type Emit = EmitFact<RackFact>;
