import type { Document, Tags, YAMLError } from "yaml";
import { ConfigError } from "./errors.ts";

/** A config file of Thin's, ready to be parsed. */
export interface ThinSource {
  readonly text: string;
  readonly file: string;
  /** Lines are those of the text that ERB made. */
  readonly isRendered: boolean;
}

/** What the file says, key by key. Rejects with a ConfigError, with the line, when it is not a YAML map. */
export async function parseThinYaml(source: ThinSource): Promise<ReadonlyMap<unknown, unknown>> {
  const { parseDocument } = await import("yaml");
  // Ruby takes the last of equal keys and the first of many documents.
  const document = parseDocument(source.text, {
    version: "1.1",
    uniqueKeys: false,
    customTags: withoutLosses,
  });
  const error = document.errors.find(({ code }) => code !== "MULTIPLE_DOCS");
  if (error) throw notYaml(source, error);
  const content = contentOf(document, source.file);
  if (content instanceof Map) return content;
  if (content === null) throw empty(source.file);
  throw noMap(source.file, content);
}

/** `tag: 1.0` and `tag: 2026-11-24` stay as they are written: no option is a fraction or a date. */
function withoutLosses(tags: Tags): Tags {
  return tags.filter((tag) => !/float|timestamp/.test(typeof tag === "string" ? tag : tag.tag));
}

/** An alias without its anchor shows only here. */
function contentOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ mapAsMap: true });
  } catch (cause) {
    throw new ConfigError(`${file} is not YAML: ${(cause as Error).message}. Correct it.`, {
      cause,
    });
  }
}

function notYaml({ file, isRendered }: ThinSource, cause: YAMLError): ConfigError {
  const line = cause.linePos?.[0].line ?? 1;
  const [first = ""] = cause.message.split("\n");
  const why = first.replace(/ at line \d+, column \d+:$/, "");
  const whose = isRendered ? " of what its ERB makes" : "";
  return new ConfigError(`${file}:${line} is not YAML: ${why}. Correct that line${whose}.`, {
    cause,
  });
}

function noMap(file: string, content: unknown): ConfigError {
  const got = Array.isArray(content) ? "a list" : JSON.stringify(content).slice(0, 60);
  return new ConfigError(`${file}: expected a line of \`key: value\` for each option, got ${got}.`);
}

function empty(file: string): ConfigError {
  return new ConfigError(`${file} is empty. Write options into it, such as \`port: 3000\`.`);
}
