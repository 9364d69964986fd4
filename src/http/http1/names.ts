/** What a field does to a message besides being passed on. */
export type FieldKind =
  | "plain"
  | "host"
  | "content-length"
  | "transfer-encoding"
  | "connection"
  | "upgrade"
  | "expect";

/** A field name as we know it: valid, in lower case. */
export interface FieldName {
  readonly name: string;
  readonly kind: FieldKind;
  /** The name with `-` for `_` when it has one: both become the same variable in a CGI-like env. */
  readonly dashed: string;
}

/** RFC 9110 §5.6.2. */
export const TOKEN: RegExp = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const KINDS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "expect",
]);

const COMMON = [
  ...["Host", "Connection", "User-Agent", "Accept", "Accept-Encoding", "Accept-Language"],
  ...["Cookie", "Content-Type", "Content-Length", "Transfer-Encoding", "Cache-Control", "Origin"],
  ...["Referer", "Authorization", "If-None-Match", "If-Modified-Since", "Range", "Upgrade", "TE"],
  ...["Upgrade-Insecure-Requests", "Expect", "Pragma", "Via", "X-Forwarded-For", "DNT", "Priority"],
  ...["X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "X-Request-Id"],
  ...["X-Requested-With", "X-CSRF-Token", "Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"],
  ...["Sec-Fetch-User", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "Forwarded"],
  ...["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Extensions"],
  ...["Sec-WebSocket-Protocol", "traceparent", "tracestate", "X-Request-Start"],
];

/** Spellings that are kept; past it a name is worked out each time, so nobody can fill our memory. */
const SPELLINGS_LIMIT = 1024;
const SPELLING_LIMIT_BYTES = 64;

const spellings = new Map<string, FieldName>();
for (const spelling of COMMON) {
  spellings.set(spelling, understand(spelling));
  spellings.set(spelling.toLowerCase(), understand(spelling));
}

/** The field name spelt so, or undefined when it is none: one look-up checks, lowers and classifies. */
export function fieldName(spelling: string): FieldName | undefined {
  return spellings.get(spelling) ?? learn(spelling);
}

function learn(spelling: string): FieldName | undefined {
  if (!TOKEN.test(spelling)) return undefined;
  const name = understand(spelling);
  if (spellings.size < SPELLINGS_LIMIT && spelling.length <= SPELLING_LIMIT_BYTES) {
    // A slice of a head would keep the whole head alive: keep a copy.
    spellings.set(Buffer.from(spelling, "latin1").toString("latin1"), name);
  }
  return name;
}

function understand(spelling: string): FieldName {
  const name = Buffer.from(spelling.toLowerCase(), "latin1").toString("latin1");
  const dashed = name.includes("_") ? name.replaceAll("_", "-") : "";
  return { name, kind: KINDS.has(name) ? (name as FieldKind) : "plain", dashed };
}
