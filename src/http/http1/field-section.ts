import { type FieldName, fieldName } from "./names.ts";
import { Refusal } from "./refusal.ts";
import { isAuthority } from "./target.ts";

const NO_COLON = new Refusal(400, "A field line has no colon");
const FOLDED = new Refusal(400, "A field line starts with whitespace");
const BAD_NAME = new Refusal(400, "A field name is not a token");
const TWO_HOSTS = new Refusal(400, "Host is there twice");
const BAD_HOST = new Refusal(400, "Host is not host[:port]");
const TWO_LENGTHS = new Refusal(400, "Content-Length is there twice");
const BAD_LENGTH = new Refusal(400, "Content-Length is not a number that can be");
const OTHER_EXPECTATION = new Refusal(417, "Only 100-continue can be expected");
const TOO_MANY = new Refusal(431, "There are more field lines than the limit");

/** The field lines of a head as they are read, and what they say about the message. */
export class FieldSection {
  /** Name, value, name, value …, without Transfer-Encoding. */
  fields: string[] = [];
  host: string | undefined = undefined;
  contentLength: number | undefined = undefined;
  /** Transfer-Encoding's lines joined by commas. */
  codings: string | undefined = undefined;
  saysClose = false;
  saysKeepAlive = false;
  saysUpgrade = false;
  hasUpgrade = false;
  expectsContinue = false;
  #hasUnderscore = false;
  #count = 0;
  /** Where Host's value is among the fields. */
  #hostAt = -1;

  /** Reads one line, from `at` to `stop`. The bytes have been checked. */
  line(text: string, at: number, stop: number, countLimit: number): Refusal | undefined {
    if (++this.#count > countLimit) return TOO_MANY;
    const colon = text.indexOf(":", at);
    if (colon < 0 || colon >= stop) return startsBlank(text, at) ? FOLDED : NO_COLON;
    const found = fieldName(text.slice(at, colon));
    if (found === undefined) return startsBlank(text, at) ? FOLDED : BAD_NAME;
    const value = trimmed(text, colon + 1, stop);
    if (found.kind === "plain") {
      if (found.dashed !== "") this.#hasUnderscore = true;
      this.fields.push(found.name, value);
      return undefined;
    }
    return this.#special(found, value);
  }

  /**
   * Drops names with `_` that a CGI-like env cannot tell from a field that is there, or from
   * framing: `Content_Length` beside Content-Length is how those are forged.
   */
  dropCollisions(): void {
    if (!this.#hasUnderscore) return;
    const names = new Set(["content-length", "transfer-encoding", "content-type", "host"]);
    for (let i = 0; i < this.fields.length; i += 2) names.add(this.fields[i] ?? "");
    const kept: string[] = [];
    for (let i = 0; i < this.fields.length; i += 2) {
      const name = this.fields[i] ?? "";
      if (name.includes("_") && names.has(name.replaceAll("_", "-"))) continue;
      kept.push(name, this.fields[i + 1] ?? "");
    }
    this.fields = kept;
  }

  /** The target names the authority: that is Host, whatever its field says, RFC 9112 §3.2.2. */
  replaceHost(authority: string): void {
    if (this.#hostAt >= 0) this.fields[this.#hostAt] = authority;
  }

  #special(found: FieldName, value: string): Refusal | undefined {
    if (found.kind === "transfer-encoding") {
      this.codings = this.codings === undefined ? value : `${this.codings},${value}`;
      return undefined;
    }
    this.fields.push(found.name, value);
    if (found.kind === "host") return this.#takeHost(value);
    if (found.kind === "connection") return this.#takeConnection(value);
    if (found.kind === "content-length") return this.#takeLength(value);
    if (found.kind === "expect") return this.#takeExpectation(value);
    this.hasUpgrade = true;
    return undefined;
  }

  #takeHost(value: string): Refusal | undefined {
    if (this.host !== undefined) return TWO_HOSTS;
    this.host = value;
    this.#hostAt = this.fields.length - 1;
    return isAuthority(value) ? undefined : BAD_HOST;
  }

  /** RFC 9112 §6.3: a list of equal values could be mended; we refuse it as its §11.2 allows. */
  #takeLength(value: string): Refusal | undefined {
    if (this.contentLength !== undefined) return TWO_LENGTHS;
    if (!/^\d+$/.test(value)) return BAD_LENGTH;
    this.contentLength = Number(value);
    return Number.isSafeInteger(this.contentLength) ? undefined : BAD_LENGTH;
  }

  #takeConnection(value: string): undefined {
    if (value === "keep-alive") {
      this.saysKeepAlive = true;
      return;
    }
    for (const option of value.toLowerCase().split(",")) {
      const token = option.trim();
      if (token === "close") this.saysClose = true;
      else if (token === "keep-alive") this.saysKeepAlive = true;
      else if (token === "upgrade") this.saysUpgrade = true;
    }
  }

  #takeExpectation(value: string): Refusal | undefined {
    if (value.toLowerCase() !== "100-continue") return OTHER_EXPECTATION;
    this.expectsContinue = true;
    return undefined;
  }
}

function startsBlank(text: string, at: number): boolean {
  return text.charCodeAt(at) === 32 || text.charCodeAt(at) === 9;
}

/** The text without spaces and tabs around it; `String.trim` would also take 0xA0, which is data. */
function trimmed(text: string, from: number, to: number): string {
  let at = from;
  let stop = to;
  while (at < stop && startsBlank(text, at)) at++;
  while (stop > at && startsBlank(text, stop - 1)) stop--;
  return text.slice(at, stop);
}
