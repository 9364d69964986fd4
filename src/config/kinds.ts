/** What a value may be: how it is read, what to say when it is something else, how it is shown. */
export interface Kind<T> {
  /** What the help shows in its place: `N`. "" for a flag. */
  readonly placeholder: string;
  /** Ends the sentence "expected …". */
  readonly expected: string;
  /** Holds several values: a flag given again adds to them. */
  readonly isList?: true;
  /** Reads text (of a flag or a variable) or what YAML made of it; undefined when it is none of ours. */
  read(value: unknown): T | undefined;
  /** The value as a user would write it. */
  show(value: T): string;
}

/** Whole numbers from `least` on. */
export function integer(least: number, placeholder = "N"): Kind<number> {
  return {
    placeholder,
    expected: `a whole number of at least ${least}`,
    read: (value) => number(value, /^\d+$/, least),
    show: String,
  };
}

/** Whole numbers from 1 on, or `auto`. */
export const count: Kind<number | "auto"> = {
  placeholder: "N",
  expected: "a whole number of at least 1, or auto",
  read: (value) => (value === "auto" ? value : number(value, /^\d+$/, 1)),
  show: String,
};

/** Any text but none. */
export function text(placeholder: string, expected = "some text"): Kind<string> {
  return {
    placeholder,
    expected,
    read: (value) => (typeof value === "string" && value !== "" ? value : undefined),
    show: (value) => value,
  };
}

/** The path of a URL. */
export const urlPath: Kind<string> = {
  placeholder: "PATH",
  expected: "a path that begins with /",
  read: (value) => (typeof value === "string" && value.startsWith("/") ? value : undefined),
  show: (value) => value,
};

/** The path of a page of our own; a slash at its end means nothing. It may not hide the whole app. */
export const pagePath: Kind<string> = {
  placeholder: "PATH",
  expected: "a path below /, such as /stats",
  read(value) {
    const path = typeof value === "string" ? value.replace(/\/+$/, "") : "";
    return /^\/[^\s?#]+$/.test(path) ? path : undefined;
  },
  show: (value) => value,
};

/** Seconds, kept as milliseconds: `30`, `0.5`, `500ms`, `2m`. */
export const duration: Kind<number> = {
  placeholder: "SECONDS",
  expected: "seconds, or a number with ms, s, m or h",
  read: (value) => measured(value, { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }, "s"),
  show: (ms) => String(ms / 1000),
};

/** Bytes: `65536`, `64k`, `1m`, `2g`. */
export const bytes: Kind<number> = {
  placeholder: "BYTES",
  expected: "bytes, or a number with k, m or g",
  read: (value) => measured(value, { b: 1, k: 1 << 10, m: 1 << 20, g: 1 << 30 }, "b"),
  show: (size) => withUnit(size),
};

/** Permissions of a file, octal as for chmod. YAML has read `0660` as the number already. */
export const mode: Kind<number> = {
  placeholder: "MODE",
  expected: "an octal mode such as 0660",
  read(value) {
    if (typeof value === "number") return value <= 0o7777 ? value : undefined;
    return typeof value === "string" && /^0?[0-7]{3}$/.test(value) ? parseInt(value, 8) : undefined;
  },
  show: (value) => `0${value.toString(8)}`,
};

/** On or off: a flag with a `--no-` form. */
export const flag: Kind<boolean> = {
  placeholder: "",
  expected: "true or false",
  read: (value) => (typeof value === "boolean" ? value : FLAG_WORDS.get(String(value))),
  show: (value) => (value ? "on" : "off"),
};

const FLAG_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...["1", "true", "yes", "on"].map((word) => [word, true] as const),
  ...["0", "false", "no", "off"].map((word) => [word, false] as const),
]);

/** One of a few words. */
export function choice<T extends string>(...words: readonly T[]): Kind<T> {
  return {
    placeholder: words.join("|"),
    expected: words.join(" or "),
    read: (value) => words.find((word) => word === value),
    show: (value) => value,
  };
}

/** Several of a kind: a flag given more than once, a list in YAML, commas in a variable. */
export function list<T>(kind: Kind<T>): Kind<readonly T[]> {
  return {
    placeholder: kind.placeholder,
    expected: kind.expected,
    isList: true,
    read(value) {
      const parts = Array.isArray(value) ? value : String(value).split(",");
      const read = parts.map((part) => kind.read(typeof part === "string" ? part.trim() : part));
      return read.includes(undefined) ? undefined : read.filter((one) => one !== undefined);
    },
    show: (values) => values.map((value) => kind.show(value)).join(", "),
  };
}

function number(value: unknown, pattern: RegExp, least: number): number | undefined {
  const written = typeof value === "number" ? String(value) : value;
  if (typeof written !== "string" || !pattern.test(written)) return undefined;
  return Number(written) >= least ? Number(written) : undefined;
}

function measured(
  value: unknown,
  units: Readonly<Record<string, number>>,
  plain: string,
): number | undefined {
  const [, amount, unit = plain] = /^(\d+(?:\.\d+)?) ?([a-z]+)?$/i.exec(String(value)) ?? [];
  const factor = units[unit.toLowerCase()];
  return factor === undefined || amount === undefined
    ? undefined
    : Math.round(Number(amount) * factor);
}

function withUnit(size: number): string {
  const [unit, factor] = [
    ["g", 1 << 30] as const,
    ["m", 1 << 20] as const,
    ["k", 1 << 10] as const,
  ].find(([, one]) => size >= one && size % one === 0) ?? ["", 1];
  return `${size / factor}${unit}`;
}
