import { METHODS } from "node:http";

/** Where we mean to read bytes otherwise than `node:http`; every other difference is a fault. */
export interface Difference {
  readonly name: string;
  /** Why, and what each of the two does. */
  readonly reason: string;
  readonly applies: (text: string) => boolean;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    name: "methods",
    reason:
      "node:http has a list of methods; we pass any token on, the app decides (RFC 9110 §9.1)",
    applies: (text) =>
      [...text.matchAll(/(?:^|[\r\n])([^\s]+) [^\r\n]*HTTP\//g)].some(
        ([, method = ""]) => !METHODS.includes(method),
      ),
  },
  {
    name: "higher minor versions",
    reason: "node:http refuses HTTP/1.2; we take it as 1.1 (RFC 9110 §2.5)",
    applies: (text) => text.includes("HTTP/1.2"),
  },
  {
    name: "other major versions",
    reason: "node:http serves HTTP/2.0 in HTTP/1's syntax; we answer 505 (RFC 9110 §15.6.6)",
    applies: (text) => text.includes("HTTP/2.0"),
  },
  {
    name: "simple requests",
    reason: "node:http serves HTTP/0.9; we refuse a request line without a version (RFC 9112 §3)",
    applies: (text) => /(?:^|\n)[A-Z]+ \/[\r\n]/.test(text),
  },
  {
    name: "two spaces",
    reason: "node:http skips more than one space in a request line; we refuse (RFC 9112 §3)",
    applies: (text) => /^[A-Z]+ (?: |\S+ {2})/m.test(text),
  },
  {
    name: "fragments",
    reason: "node:http passes # on; a target has no fragment, we refuse (RFC 9112 §3.2)",
    applies: (text) => /^[A-Z]+ \S*#/m.test(text),
  },
  {
    name: "asterisk",
    reason: "node:http takes * with any method; it is for OPTIONS (RFC 9112 §3.2.4)",
    applies: (text) => text.includes("GET * "),
  },
  {
    name: "the absolute form",
    reason:
      "node:http passes Host on beside it; we put the target's authority there (RFC 9112 §3.2.2)",
    applies: (text) => text.includes("GET http://b/c HTTP/1.1"),
  },
  {
    name: "targets above 127",
    reason: "node:http refuses UTF-8 in a target; clients send it and it frames nothing",
    applies: (text) => text.includes("/\xe4"),
  },
  {
    name: "hosts",
    reason: "node:http takes two Hosts and malformed ones; both are 400 (RFC 9112 §3.2)",
    applies: (text) => /Host: a b|Host:[^H]*\nHost:|Host: a\r\n(?:[^\r]+\r\n)*Host:/.test(text),
  },
  {
    name: "codings",
    reason: "node:http passes gzip bodies on undecoded; we answer 501 (RFC 9112 §6.1)",
    applies: (text) => text.includes("gzip, chunked"),
  },
  {
    name: "expectations",
    reason: "node:http keeps the connection after 417; whether a body follows is unsure, we end it",
    applies: (text) => text.includes("Expect: x"),
  },
  {
    name: "LF alone",
    reason: "node:http takes LF for a line end here and there; we never do (RFC 9112 §2.2, §11.2)",
    applies: (text) => /(?<!\r)\n/.test(text),
  },
  {
    name: "behind a missing Host",
    reason: "node:http answers 400 and still reads the next request; we end (RFC 9112 §9.6)",
    applies: (text) => /HTTP\/1\.1\r\n(?:(?!Host:)[^\r\n]+\r\n)*\r\n/.test(text),
  },
  {
    name: "underscores",
    reason:
      "node:http passes x_y beside x-y on; in a CGI-like env they are one, we drop the forged one",
    applies: (text) => text.includes("x-y:") && text.includes("X_Y:"),
  },
  {
    name: "after the last request",
    reason: "node:http answers 400 to bytes behind a request that closes; we do not look at them",
    applies: (text) => /Connection: close|HTTP\/1\.0/.test(text),
  },
];
