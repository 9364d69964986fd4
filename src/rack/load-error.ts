import { type Failure, ownPlaceOf, placeOf, placeOutside } from "./failure.ts";
import type { NativeOptions } from "./options.ts";

type App = Pick<NativeOptions, "appFolder" | "rackup" | "require">;

/** Why the app did not load: what and where on the first line, which is mostly all there is. */
export function loadErrorOf(failure: Failure, app: App): string {
  const [first = "", ...rest] = messageOf(failure).trim().split("\n");
  const sentence = `${first.replace(/\.$/, "")} (${failure.className})${where(failure, app)}`;
  return [sentence, ...rest].join("\n");
}

/** The same for an app that takes too long. `backtraces` are what its threads are doing, "" when nobody knows. */
export function slowLoadOf(limitMs: number, backtraces: string): string {
  const main = backtraces.split("\n\n").find((thread) => thread.startsWith("main "));
  const [, ...lines] = (main ?? "").split("\n").map((line) => line.trim());
  // An app that waits in the code of a gem is told where it called that; one that never got as far, where the gem is.
  const place = ownPlaceOf(lines) ?? placeOutside(lines);
  const at = place ? `, and Ruby is at ${place.file}:${place.line}` : "";
  return `it took longer than ${limitMs / 1000} s${at}. --boot-timeout gives it more time.`;
}

function messageOf({ className, message }: Failure): string {
  if (className !== "SystemExit") return message;
  // `abort` has a message of its own; it has been printed, and may have scrolled away.
  return message === "exit" ? "it called exit" : `it called abort: ${message}`;
}

function where({ className, message, backtrace }: Failure, app: App): string {
  if (className === "Bundler::GemNotFound") return `. Run \`bundle install\` in ${app.appFolder}.`;
  if (placeOf(message) !== undefined) return "";
  const place = ownPlaceOf(backtrace);
  if (place) return ` at ${place.file}:${place.line}`;
  const isRequired = app.require.some((file) => message.endsWith(` -- ${file}`));
  return isRequired ? ", which --require names" : ` in ${app.rackup}`;
}
