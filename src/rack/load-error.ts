import { dirname } from "node:path";
import { type Failure, ownPlaceOf, placeOf } from "./failure.ts";

/** Why the app did not load: what and where on the first line, which is mostly all there is. */
export function loadErrorOf(failure: Failure, rackup: string): string {
  const [first = "", ...rest] = messageOf(failure).trim().split("\n");
  const sentence = `${first.replace(/\.$/, "")} (${failure.className})${where(failure, rackup)}`;
  return [sentence, ...rest].join("\n");
}

/** The same for an app that takes too long. `backtraces` are what its threads are doing, "" when nobody knows. */
export function slowLoadOf(limitMs: number, backtraces: string): string {
  const main = backtraces.split("\n\n").find((thread) => thread.startsWith("main "));
  const place = ownPlaceOf(
    (main ?? "")
      .split("\n")
      .slice(1)
      .map((line) => line.trim()),
  );
  const at = place ? `, and Ruby is at ${place.file}:${place.line}` : "";
  return `it took longer than ${limitMs / 1000} s${at}. --boot-timeout gives it more time.`;
}

function messageOf({ className, message }: Failure): string {
  return className === "SystemExit" ? "it called exit" : message;
}

function where({ className, message, backtrace }: Failure, rackup: string): string {
  if (className === "Bundler::GemNotFound")
    return `. Run \`bundle install\` in ${dirname(rackup)}.`;
  if (placeOf(message) !== undefined) return "";
  const place = ownPlaceOf(backtrace);
  return place ? ` at ${place.file}:${place.line}` : ` in ${rackup}`;
}
