/** One option of a command line, as Ruby's `optparse` would be told of it. */
export interface Switch {
  readonly key: string;
  /** One letter: `p` is `-p`. */
  readonly short?: string | undefined;
  /** `max-conns` is `--max-conns`. */
  readonly long?: string | undefined;
  /** `required`: the rest of the word, else the next word. `placed`: the next word only if it is no option. */
  readonly argument?: "required" | "placed" | undefined;
  /** `--no-…` gives false. */
  readonly negatable?: boolean | undefined;
}

/** What a word of the command line turned out to be. */
export type Parsed =
  | {
      readonly kind: "option";
      readonly key: string;
      /** A flag is true, or false when negated; an optional argument that was left out is undefined. */
      readonly value: string | boolean | undefined;
    }
  | { readonly kind: "word"; readonly text: string };

export type OptionErrorReason =
  | "invalid option"
  | "missing argument"
  | "ambiguous option"
  | "needless argument"
  | "invalid argument";

/** A command line that makes no sense, in Ruby's words: `missing argument: -p`. */
export class OptionError extends Error {
  override readonly name = "OptionError";
  readonly code = "ERR_OPTION";

  readonly reason: OptionErrorReason;
  /** The word as it was typed. */
  readonly word: string;

  constructor(reason: OptionErrorReason, word: string) {
    super(`${reason}: ${word}`);
    this.reason = reason;
    this.word = word;
  }
}

interface Entry {
  readonly owner: Switch;
  /** What the flag means: false for `--no-…`, also where that is the only form there is. */
  readonly meaning: boolean;
}

/**
 * Parses as Ruby's `optparse` does: options and words in any order, unique abbreviations, `_` for `-`, any case
 * of long names, `--name=value`, `-p4000`, bundled `-Of`, and `--` to end the options.
 * Lazily, so that `--help` may act before a later word is found wrong. Throws OptionError.
 */
export function* parseOptions(
  argv: readonly string[],
  switches: readonly Switch[],
): Generator<Parsed, void> {
  const names = longNames(switches);
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--") break;
    if (word.startsWith("--")) yield long(word, rest, names);
    else if (word.startsWith("-") && word.length > 1) yield short(word, rest, switches, names);
    else yield { kind: "word", text: word };
  }
  for (const text of rest) yield { kind: "word", text };
}

function longNames(switches: readonly Switch[]): Map<string, Entry> {
  const names = new Map<string, Entry>();
  for (const owner of switches) {
    if (owner.long === undefined) continue;
    names.set(owner.long, { owner, meaning: !owner.long.startsWith("no-") });
    if (owner.negatable) names.set(`no-${owner.long}`, { owner, meaning: false });
  }
  return names;
}

function long(word: string, rest: string[], names: ReadonlyMap<string, Entry>): Parsed {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals).replaceAll("_", "-");
  const glued = equals < 0 ? undefined : word.slice(equals + 1);
  if (name === "") throw new OptionError("needless argument", word);
  const { owner, meaning } = complete(name, names, "i", word);
  if (owner.argument) {
    return { kind: "option", key: owner.key, value: glued ?? next(owner, rest, word) };
  }
  if (glued !== undefined) throw new OptionError("needless argument", word);
  return { kind: "option", key: owner.key, value: meaning };
}

function short(
  word: string,
  rest: string[],
  switches: readonly Switch[],
  names: ReadonlyMap<string, Entry>,
): Parsed {
  const letter = String.fromCodePoint(word.codePointAt(1) ?? 0);
  const glued = word.slice(1 + letter.length);
  const exact = switches.find((one) => one.short === letter);
  // A letter that is nobody's stands for the one long option that begins with it.
  const { owner, meaning } = exact
    ? { owner: exact, meaning: !exact.long?.startsWith("no-") }
    : complete(letter, names, "", word);
  if (owner.argument) {
    return { kind: "option", key: owner.key, value: glued || next(owner, rest, word) };
  }
  if (glued.startsWith("=")) throw new OptionError("needless argument", word);
  const bundled = glued.replace(/^-*/, "-");
  if (bundled !== "-") rest.unshift(bundled);
  return { kind: "option", key: owner.key, value: meaning };
}

function next(owner: Switch, rest: string[], word: string): string | undefined {
  const [value] = rest;
  if (owner.argument === "placed" && (value === undefined || value.startsWith("-"))) {
    return undefined;
  }
  if (value === undefined) throw new OptionError("missing argument", word);
  rest.shift();
  return value;
}

/** Each part of an abbreviation may be cut: `m-p` is `max-persistent-conns`. The shortest wins if the others extend it. */
function complete(
  name: string,
  names: ReadonlyMap<string, Entry>,
  flags: "i" | "",
  word: string,
): Entry {
  const exact = names.get(name);
  if (exact) return exact;
  const quoted = name.replace(/[^\w-]/g, "\\$&").replace(/\w+/g, "$&\\w*");
  const pattern = new RegExp(`^${quoted}`, flags);
  const found = [...names.keys()].filter((one) => pattern.test(one));
  const [shortest, ...others] = found.sort((a, b) => a.length - b.length);
  const entry = shortest === undefined ? undefined : names.get(shortest);
  if (shortest === undefined || entry === undefined) throw new OptionError("invalid option", word);
  if (others.some((one) => !one.startsWith(shortest))) {
    throw new OptionError("ambiguous option", word);
  }
  return entry;
}
