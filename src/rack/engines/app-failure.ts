import type { Call } from "../../pool/index.ts";
import { failureOf } from "../failure.ts";
import type { NativeOptions } from "../options.ts";
import type { NativeWorker } from "./worker.ts";

/** The app raised in `call`: tells whoever keeps the log, and the client. `fields` are the failure as the worker said it. */
export function tellFailure(
  options: Pick<NativeOptions, "emit" | "page">,
  { number, pid }: NativeWorker,
  { request, reply }: Call,
  fields: readonly string[],
  isCut: boolean,
): void {
  const failure = failureOf(fields);
  options.emit({ type: "app-failed", worker: number, pid, request, failure, isCut });
  if (isCut) reply.cut();
  else reply.fail(500, "", options.page(failure, request));
}
