import { REACTOR_USES, type ThinGiven } from "../config/index.ts";
import { ThinError } from "./thin-error.ts";

/** Whether `--reactor` says when. Throws ThinError. */
export function checkReactor(given: ThinGiven): void {
  const reactor = given.get("reactor");
  if (reactor === undefined || REACTOR_USES.some((one) => one === reactor)) return;
  throw new ThinError(
    `invalid argument: --reactor ${reactor} (OptionParser::InvalidArgument). Use one of ${REACTOR_USES.join(", ")}`,
  );
}
