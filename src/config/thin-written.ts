import { resolve } from "node:path";
import type { Document } from "yaml";
import { lenient } from "./thin.ts";
import type { ThinGiven, ThinValue } from "./thin-given.ts";

type Written = string | number | boolean | null | readonly string[];

const NUMBERS: readonly string[] = [
  "port",
  "timeout",
  "max_conns",
  "max_persistent_conns",
  "wait",
  "threadpool_size",
  "servers",
  "only",
];

/** The config file that says what `given` says to a command typed in `directory`: Thin's keys, order and defaults. */
export async function thinYaml(
  given: ThinGiven,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const yaml = await import("yaml");
  const document = new yaml.Document(contentOf(given, directory, env), { version: "1.1" });
  quote(document, yaml);
  if (document.directives) document.directives.docStart = true;
  return document
    .toString({ indentSeq: false, lineWidth: 0, nullStr: "", singleQuote: true })
    .replace(UNPRINTABLE, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Ruby takes some of these for ends of lines. They stand in double quotes only. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

function contentOf(
  given: ThinGiven,
  directory: string,
  env: NodeJS.ProcessEnv,
): Record<string, Written> {
  const content: Record<string, Written> = defaults(directory, env);
  for (const [key, value] of given) content[key] = written(key, value, directory);
  if (given.has("socket")) {
    delete content["address"];
    delete content["port"];
  }
  delete content["config"];
  delete content["all"];
  // A file is for servers that run in the background, whether or not it was asked for.
  return { ...content, daemonize: true };
}

function defaults(directory: string, env: NodeJS.ProcessEnv): Record<string, Written> {
  return {
    chdir: directory,
    environment: env["RACK_ENV"] || "development",
    address: "0.0.0.0",
    port: 3000,
    timeout: 30,
    log: resolve(directory, "log/thin.log"),
    pid: "tmp/pids/thin.pid",
    max_conns: 1024,
    max_persistent_conns: 100,
    require: [],
    wait: 30,
    threadpool_size: 20,
  };
}

function written(key: string, value: ThinValue, directory: string): Written {
  if (typeof value !== "string") return key === "swiftiply" ? null : value;
  if (key === "chdir") return resolve(directory, value);
  return NUMBERS.includes(key) ? (lenient(value) ?? 0) : value;
}

/** Quotes as Ruby does, and what Ruby might take for a number, a time or a symbol. */
function quote(document: Document, { Scalar, visit }: typeof import("yaml")): void {
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== "string" || PLAIN.test(node.value)) return;
      const isWordy = /^[\p{L}\d_][\p{L}\d_ -~]*$/u.test(node.value);
      node.type = isWordy ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE;
    },
  });
}

/** What has but one reading, as far as `yaml` does not know better. */
const PLAIN = /^(?:[a-z_][\w./-]*|\d+(?:\.\d+){3})$/i;
