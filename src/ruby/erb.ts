import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { startChild } from "../unix/index.ts";
import { ErbError } from "./errors.ts";
import { findRuby } from "./find.ts";

const SCRIPT = fileURLToPath(new URL("../../ruby/erb.rb", import.meta.url));

/** A text with ERB in it, and where it is at home. */
export interface Template {
  readonly text: string;
  /** The name that errors go by. */
  readonly file: string;
  /** The working directory of its Ruby, by which that Ruby is chosen too. */
  readonly directory: string;
}

/** Has Ruby render `template`. Rejects with a RubyError where there is none, with an ErbError where it fails. */
export async function renderErb(template: Template, env: NodeJS.ProcessEnv): Promise<string> {
  const { text, file, directory } = template;
  const { path } = await findRuby(directory, env);
  // What it prints or warns of goes where our own complaints go.
  const ruby = startChild(path, ["-EUTF-8", SCRIPT, file], {
    cwd: directory,
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  // A Ruby that ends before it has read the template says so by its exit.
  ruby.stdin?.on("error", () => {}).end(text);
  const [answer, exit] = await Promise.all([ruby.stdout ? textOf(ruby.stdout) : "", ruby.exited]);
  if (exit.code !== 0 || answer === "") throw broken(file, path, exit.reason);
  const end = answer.indexOf("\n");
  const [line, rest] = [answer.slice(0, end), answer.slice(end + 1)];
  if (line !== "") throw failed(file, Number(line), rest);
  return rest;
}

function failed(file: string, line: number, why: string): ErbError {
  const where = line > 0 ? `${file}:${line}` : file;
  return new ErbError(`${where}: the ERB fails: ${why}. Correct it.`);
}

function broken(file: string, path: string, reason: string): ErbError {
  return new ErbError(
    `${file}: the Ruby at ${path} ended (${reason}) before it had rendered the ERB. Does it run in this folder?`,
  );
}
