import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { appOnBothSides } from "./pair.ts";
import type { Side } from "./side.ts";
import { type Seen, visit } from "./visit.ts";

const APP = String.raw`
require "json"
HI = { "content-type" => "text/plain", "content-length" => "3" }
def plain(text) = [200, { "content-length" => text.bytesize.to_s }, [text]]
run ->(env) {
  case env["PATH_INFO"]
  when "/last" then plain("the last")
  when "/hi" then [200, HI, ["hi\n"]]
  when "/nolength" then [200, { "content-type" => "text/plain" }, ["hi\n"]]
  when "/204" then [204, {}, []]
  when "/304" then [304, { "etag" => '"a"' }, []]
  when "/302" then [302, { "location" => "/", "content-length" => "0" }, []]
  when "/408" then [408, { "content-length" => "0" }, []]
  when "/418" then [418, { "content-length" => "0" }, []]
  when "/raise" then raise "boom"
  when "/exit" then exit 3
  when "/own" then [200, { "server" => "mine", "date" => "today", "content-length" => "0" }, []]
  when "/close" then [200, { "connection" => "close", "content-length" => "0" }, []]
  when "/case" then [200, { "X-B" => "2", "x-a" => "1", "Content-Length" => "0" }, []]
  when "/lines" then [200, { "set-cookie" => "a=1\nb=2", "x" => "1\n2", "content-length" => "0" }, []]
  when "/arrays" then [200, { "set-cookie" => %w[a=1 b=2], "x" => %w[1 2], "content-length" => "0" }, []]
  when "/twice" then [200, { "X-A" => "1", "x-a" => "2", "content-length" => "0" }, []]
  when "/nilfield" then [200, { "x" => nil, "content-length" => "0" }, []]
  when "/number" then [200, { "x" => 1, "content-length" => "0" }, []]
  when "/cr" then [200, { "x" => "a\rb" }, []]
  when "/nil" then nil
  when "/short" then [200, {}]
  when "/nilbody" then [200, {}, nil]
  when "/each" then [200, {}, Class.new { def each = raise("later") }.new]
  when "/stream" then [200, {}, ->(stream) { stream.write("hi\n"); stream.close }]
  when "/input" then plain(env["rack.input"].read)
  else plain(JSON.generate(env["HTTP_KEYS"].split(",").map { |key| env[key] }))
  end
}
`;

/** One request that both are sent. */
interface Exchange {
  /** Its place in the list of checks; undefined for what is not on it. */
  readonly number?: number;
  readonly title: string;
  readonly sends: string;
  /** What is looked at, and what Thin does. */
  readonly thin: Partial<Seen>;
  /** Where ours is not to do the same: what it does, and why. */
  readonly better?: { readonly why: string; readonly ours: Partial<Seen> };
}

const HOST = "Host: example.com:81\r\n";

function get(path: string, more = HOST, version = "HTTP/1.1"): string {
  return `GET ${path} ${version}\r\n${more}\r\n`;
}

function post(body: string, more: string): string {
  return `POST /input HTTP/1.1\r\n${HOST}${more}\r\n${body}`;
}

/** A request whose answer says what these keys of the env are. */
function env(keys: string, path = "/env", more = HOST, version?: string): string {
  return get(path, `Keys: ${keys}\r\n${more}`, version);
}

const BAD: Partial<Seen> = { status: "400 Bad Request", isOpen: false };
const FINE: Partial<Seen> = { status: "200 OK", isOpen: true };

const EXCHANGES: readonly Exchange[] = [
  {
    number: 6,
    title: "the fields of an answer, and their order",
    sends: get("/hi"),
    thin: {
      status: "200 OK",
      fields: [
        "content-type: text/plain",
        "content-length: 3",
        "connection: keep-alive",
        "server: thin",
      ],
      isOpen: true,
    },
    better: {
      why: "RFC 9110 §6.6.1 wants a date; HTTP/1.1 is kept alive without a word",
      ours: {
        status: "200 OK",
        fields: ["date: now", "server: thin", "content-type: text/plain", "content-length: 3"],
        isOpen: true,
      },
    },
  },
  {
    number: 7,
    title: "HTTP/1.0",
    sends: get("/hi", "", "HTTP/1.0"),
    thin: { status: "200 OK", body: "hi\n", isOpen: false },
  },
  {
    number: 8,
    title: "HTTP/1.0 that wants to be kept alive",
    sends: get("/hi", "Connection: keep-alive\r\n", "HTTP/1.0"),
    thin: { status: "200 OK", body: "hi\n", isOpen: true },
  },
  {
    number: 8,
    title: "HTTP/1.1 that wants no more",
    sends: get("/hi", `${HOST}Connection: Close\r\n`),
    thin: { status: "200 OK", body: "hi\n", isOpen: false },
  },
  {
    number: 39,
    title: "a line that is no request",
    sends: "BAD\r\n\r\n",
    thin: { ...BAD, body: "Bad Request" },
    better: { why: "its length is told", ours: { ...BAD, body: "400 Bad Request\n" } },
  },
  {
    number: 39,
    title: "line ends without a CR",
    sends: "GET /hi HTTP/1.1\nHost: a\n\n",
    thin: BAD,
  },
  {
    number: 39,
    title: "a version without its minor",
    sends: get("/hi", HOST, "HTTP/1"),
    thin: BAD,
  },
  { number: 39, title: "no version", sends: "GET /hi\r\n\r\n", thin: BAD },
  { number: 39, title: "a space in the target", sends: get("/h i"), thin: BAD },
  { number: 39, title: "a control character in the target", sends: get("/h\x01i"), thin: BAD },
  { number: 39, title: "a space before a colon", sends: get("/hi", `${HOST}X : a\r\n`), thin: BAD },
  { number: 39, title: "a field without a colon", sends: get("/hi", `${HOST}X\r\n`), thin: BAD },
  { number: 39, title: "a folded field", sends: get("/hi", `${HOST}X: a\r\n b\r\n`), thin: BAD },
  {
    number: 39,
    title: "a method in lower case",
    sends: get("/hi").replace("GET", "get"),
    thin: BAD,
    better: { why: "RFC 9110 §9.1: a method is any token", ours: FINE },
  },
  {
    title: "an empty line before the request",
    sends: `\r\n${get("/hi")}`,
    thin: BAD,
    better: { why: "RFC 9112 §2.2: it is skipped", ours: FINE },
  },
  {
    title: "a percent sign that encodes nothing",
    sends: env("PATH_INFO", "/%zz"),
    thin: BAD,
    better: { why: "the app knows better what it means", ours: { ...FINE, body: '["/%zz"]' } },
  },
  {
    title: "HTTP/1.1 without a Host",
    sends: get("/hi", ""),
    thin: FINE,
    better: { why: "RFC 9112 §3.2: it is to be refused", ours: BAD },
  },
  {
    title: "two Hosts",
    sends: get("/hi", "Host: a\r\nHost: b\r\n"),
    thin: FINE,
    better: { why: "RFC 9112 §3.2: it is to be refused", ours: BAD },
  },
  {
    title: "a version that is not HTTP/1",
    sends: get("/hi", HOST, "HTTP/2.0"),
    thin: FINE,
    better: {
      why: "RFC 9110 §15.6.6",
      ours: { status: "505 HTTP Version Not Supported", isOpen: false },
    },
  },
  {
    title: "CONNECT",
    sends: `CONNECT a:80 HTTP/1.1\r\n${HOST}\r\n`,
    thin: BAD,
    better: {
      why: "RFC 9110 §9.1: the method is not implemented",
      ours: { status: "501 Not Implemented", isOpen: false },
    },
  },
  {
    title: "an expectation that nobody knows",
    sends: get("/hi", `${HOST}Expect: tea\r\n`),
    thin: FINE,
    better: { why: "RFC 9110 §10.1.1", ours: { status: "417 Expectation Failed", isOpen: false } },
  },
  {
    title: "a NUL in a field",
    sends: get("/hi", `${HOST}X: a\0b\r\n`),
    thin: FINE,
    better: { why: "RFC 9110 §5.5: it is dangerous", ours: BAD },
  },
  {
    title: "a line end without a CR in a field",
    sends: get("/hi", `${HOST}X: a\nb\r\n`),
    thin: FINE,
    better: { why: "RFC 9110 §5.5: it is dangerous", ours: BAD },
  },
  {
    title: "a fragment",
    sends: get("/hi#there"),
    thin: FINE,
    better: {
      why: "RFC 9112 §3.2: a target has none, so something is wrong with the client",
      ours: BAD,
    },
  },
  {
    title: "an asterisk that is not OPTIONS",
    sends: get("*", `${HOST}Keys: PATH_INFO\r\n`),
    thin: FINE,
    better: { why: "RFC 9112 §3.2.4: it is for OPTIONS only", ours: BAD },
  },
  {
    title: "a user in the target",
    sends: get("http://me@example.com/hi"),
    thin: FINE,
    better: { why: "RFC 9110 §4.2.4: it is there to deceive", ours: BAD },
  },
  {
    title: "a chunked upload",
    sends: post("5\r\nhello\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n"),
    thin: { status: "200 OK", body: "5\r\nhello\r\n0\r\n\r\n" },
    better: { why: "it is decoded", ours: { status: "200 OK", body: "hello" } },
  },
  {
    title: "a transfer coding that nobody knows",
    sends: post("", "Transfer-Encoding: gzip\r\n"),
    thin: FINE,
    better: { why: "RFC 9112 §6.1: nobody can tell where it ends", ours: BAD },
  },
  {
    title: "a body that is both chunked and of a length",
    sends: post("5\r\nhello\r\n0\r\n\r\n", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
    thin: { status: "200 OK" },
    better: { why: "RFC 9112 §6.1: it is a way to smuggle requests", ours: BAD },
  },
  {
    title: "a length that is no number",
    sends: post("hello", "Content-Length: x\r\n"),
    thin: { status: "200 OK", body: "hello" },
    better: { why: "RFC 9112 §6.3: nobody can tell where it ends", ours: BAD },
  },
  {
    title: "two lengths",
    sends: post("hello", "Content-Length: 5\r\nContent-Length: 2\r\n"),
    thin: { status: "200 OK", body: "hello" },
    better: { why: "RFC 9112 §6.3: it is a way to smuggle requests", ours: BAD },
  },
  {
    title: "bytes behind a body",
    sends: post(`he${get("/hi")}`, "Content-Length: 2\r\n"),
    thin: { status: "200 OK", body: `he${get("/hi")}`, answers: 1 },
    better: {
      why: "they are the next request",
      ours: { status: "200 OK", body: "he", answers: 2 },
    },
  },
  {
    title: "two requests at once",
    sends: get("/hi") + get("/hi"),
    thin: { status: "200 OK", answers: 1, isOpen: true },
    better: {
      why: "RFC 9112 §9.3.2: both are answered",
      ours: { status: "200 OK", answers: 2, isOpen: true },
    },
  },
  {
    number: 41,
    title: "an app that raises",
    sends: get("/raise"),
    thin: { status: "500 Internal Server Error", body: "Internal server error", isOpen: true },
  },
  {
    number: 41,
    title: "an app that calls exit",
    sends: get("/exit"),
    thin: { status: "500 Internal Server Error", body: "Internal server error", isOpen: true },
  },
  {
    number: 42,
    title: "an answer without a length",
    sends: get("/nolength"),
    thin: {
      body: "hi\n",
      fields: ["content-type: text/plain", "connection: close", "server: thin"],
      isOpen: false,
    },
    better: {
      why: "the length of what is at hand is known, and the connection goes on",
      ours: {
        body: "hi\n",
        fields: ["date: now", "server: thin", "content-type: text/plain", "content-length: 3"],
        isOpen: true,
      },
    },
  },
  {
    number: 42,
    title: "a stream",
    sends: get("/stream"),
    thin: { body: "hi\n", fields: ["connection: close", "server: thin"], isOpen: false },
    better: {
      why: "chunked, so that its end can be told from a break",
      ours: {
        body: "hi\n",
        fields: ["date: now", "server: thin", "transfer-encoding: chunked"],
        isOpen: true,
      },
    },
  },
  {
    number: 43,
    title: "HEAD",
    sends: get("/hi").replace("GET", "HEAD"),
    thin: {
      status: "200 OK",
      fields: [
        "content-type: text/plain",
        "content-length: 3",
        "connection: keep-alive",
        "server: thin",
      ],
      isOpen: true,
    },
    better: {
      why: "as GET",
      ours: {
        status: "200 OK",
        fields: ["date: now", "server: thin", "content-type: text/plain", "content-length: 3"],
        isOpen: true,
      },
    },
  },
  ...(["/204", "/304"] as const).map(
    (path): Exchange => ({
      title: `${path.slice(1)}, which has no length`,
      sends: get(path),
      thin: { answers: 1, isOpen: false },
      better: {
        why: "RFC 9112 §6.3: it has no body, so nothing need end",
        ours: { answers: 1, isOpen: true },
      },
    }),
  ),
  {
    number: 51,
    title: "lines in a field of an answer",
    sends: get("/lines"),
    thin: {
      fields: [
        "set-cookie: a=1",
        "set-cookie: b=2",
        "x: 1",
        "content-length: 0",
        "connection: keep-alive",
        "server: thin",
      ],
    },
    better: {
      why: "no other field is lost either",
      ours: {
        fields: [
          "date: now",
          "server: thin",
          "set-cookie: a=1",
          "set-cookie: b=2",
          "x: 1",
          "x: 2",
          "content-length: 0",
        ],
      },
    },
  },
  {
    number: 51,
    title: "several values of a field of an answer",
    sends: get("/arrays"),
    thin: {
      fields: [
        "set-cookie: a=1",
        "set-cookie: b=2",
        "x: 1",
        "content-length: 0",
        "connection: keep-alive",
        "server: thin",
      ],
    },
    better: {
      why: "no other field is lost either",
      ours: {
        fields: [
          "date: now",
          "server: thin",
          "set-cookie: a=1",
          "set-cookie: b=2",
          "x: 1",
          "x: 2",
          "content-length: 0",
        ],
      },
    },
  },
  {
    number: 52,
    title: "302",
    sends: get("/302"),
    thin: { status: "302 Moved Temporarily" },
    better: { why: "RFC 9110 §15.4.3", ours: { status: "302 Found" } },
  },
  {
    number: 52,
    title: "418",
    sends: get("/418"),
    thin: { status: "418 " },
    better: {
      why: "every status that is registered has its words",
      ours: { status: "418 I'm a Teapot" },
    },
  },
  {
    title: "408 by the app",
    sends: get("/408"),
    thin: { status: "408 Request Time-out" },
    better: { why: "RFC 9110 §15.5.9", ours: { status: "408 Request Timeout" } },
  },
  {
    title: "a date and a server of the app's own",
    sends: get("/own"),
    thin: {
      fields: ["server: mine", "date: today", "content-length: 0", "connection: keep-alive"],
    },
    better: {
      why: "as everywhere, HTTP/1.1 is kept alive without a word",
      ours: { fields: ["server: mine", "date: today", "content-length: 0"] },
    },
  },
  {
    title: "an app that says close",
    sends: get("/close"),
    thin: { status: "200 OK", isOpen: true },
    better: { why: "what is said is done", ours: { status: "200 OK", isOpen: false } },
  },
  {
    title: "a nil for a field's value",
    sends: get("/nilfield"),
    thin: { status: "200 OK", answers: 1, isOpen: true },
  },
  {
    title: "a number for a field's value",
    sends: get("/number"),
    thin: { status: "", isOpen: false },
    better: { why: "it can mean but one thing", ours: FINE },
  },
  ...(
    [
      ["/cr", "a CR in a field"],
      ["/nil", "nil for an answer"],
      ["/short", "an answer without a body"],
      ["/nilbody", "nil for a body"],
      ["/each", "a body that raises before it has said anything"],
    ] as const
  ).map(
    ([path, title]): Exchange => ({
      title: `an app that gives ${title}`,
      sends: get(path),
      thin: { status: "", isOpen: false },
      better: {
        why: "the client is told that it failed",
        ours: { status: "500 Internal Server Error", isOpen: true },
      },
    }),
  ),
  {
    title: "the env of a plain request",
    sends: env(
      "REQUEST_METHOD,SCRIPT_NAME,PATH_INFO,REQUEST_PATH,REQUEST_URI,QUERY_STRING,SERVER_NAME,SERVER_PORT,SERVER_PROTOCOL," +
        "REMOTE_ADDR,GATEWAY_INTERFACE,SERVER_SOFTWARE,thin.request_http_version,rack.url_scheme,rack.multithread,CONTENT_LENGTH",
      "/a;b//c?d=e&f[]=%20",
    ),
    thin: {
      body: JSON.stringify([
        "GET",
        "",
        "/a;b//c",
        "/a;b//c",
        "/a;b//c?d=e&f[]=%20",
        "d=e&f[]=%20",
        "example.com",
        "81",
        "HTTP/1.1",
        "127.0.0.1",
        "CGI/1.2",
        "thin 2.0.1 codename Thinception",
        "HTTP/1.1",
        "http",
        false,
        null,
      ]),
    },
  },
  {
    title: "the length and the type of a body",
    sends: env(
      "CONTENT_LENGTH,CONTENT_TYPE,HTTP_CONTENT_LENGTH,HTTP_CONTENT_TYPE",
      "/env",
      `${HOST}Content-Type: a/b\r\nContent-Length: 0\r\n`,
    ).replace("GET", "POST"),
    thin: { body: '["0","a/b",null,null]' },
  },
  {
    title: "what a browser sends",
    sends: env(
      "HTTP_USER_AGENT,HTTP_ACCEPT,HTTP_ACCEPT_LANGUAGE,HTTP_REFERER,HTTP_SEC_FETCH_MODE,HTTP_COOKIE",
      "/env",
      `${HOST}User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n` +
        "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\r\nAccept-Language: de,en-US;q=0.7\r\n" +
        'Referer: http://example.com/a?b="c"\r\nSec-Fetch-Mode: navigate\r\nCookie: a=1; b="2 3"; __c=%7B%7D\r\n',
    ),
    thin: {
      body: JSON.stringify([
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
        "de,en-US;q=0.7",
        'http://example.com/a?b="c"',
        "navigate",
        'a=1; b="2 3"; __c=%7B%7D',
      ]),
    },
  },
  {
    title: "the env of OPTIONS *",
    sends: env("PATH_INFO,REQUEST_PATH,REQUEST_URI", "*").replace("GET", "OPTIONS"),
    thin: { body: '["",null,"*"]' },
  },
  {
    title: "the env of an absolute target",
    sends: env("SERVER_NAME,SERVER_PORT,PATH_INFO,REQUEST_URI", "http://other:99/a?b"),
    thin: { body: '["example.com","81","/a","/a?b"]' },
    better: {
      why: "RFC 9112 §3.2.2: the target has the last word on the host",
      ours: { body: '["other","99","/a","http://other:99/a?b"]' },
    },
  },
  {
    title: "the env without a Host",
    sends: env("SERVER_NAME,SERVER_PORT", "/env", "", "HTTP/1.0"),
    thin: { body: '["localhost",null]' },
    better: { why: "Rack SPEC: there is always a port", ours: { body: '["localhost","80"]' } },
  },
  {
    title: "the env with an IPv6 address for a Host",
    sends: env("SERVER_NAME,SERVER_PORT", "/env", "Host: [::1]:4150\r\n"),
    thin: { body: '["[",":1]:4150"]' },
    better: { why: "it is read as what it is", ours: { body: '["[::1]","4150"]' } },
  },
  {
    title: "a field that comes twice",
    sends: env(
      "HTTP_X,HTTP_COOKIE",
      "/env",
      `${HOST}X: 1\r\nX: 2\r\nCookie: a=1\r\nCookie: b=2\r\n`,
    ),
    thin: { body: '["2","b=2"]' },
    better: { why: "RFC 9110 §5.3: nothing is lost", ours: { body: '["1, 2","a=1; b=2"]' } },
  },
  {
    title: "a field with an underscore beside one with a dash",
    sends: env("HTTP_X_D", "/env", `${HOST}X-D: 1\r\nX_D: 2\r\n`),
    thin: { body: '["2"]' },
    better: { why: "it cannot pass for what a proxy has set", ours: { body: '["1"]' } },
  },
  {
    title: "blanks around a field's value",
    sends: env("HTTP_X,HTTP_Y", "/env", `${HOST}X:  v  \r\nY:\tv\r\n`),
    thin: { body: '["v  ","\\tv"]' },
    better: { why: "RFC 9112 §5.1: they are not part of it", ours: { body: '["v","v"]' } },
  },
  {
    title: "X-Forwarded-For",
    sends: env("REMOTE_ADDR,HTTP_X_FORWARDED_FOR", "/env", `${HOST}X-Forwarded-For: 9.9.9.9\r\n`),
    thin: { body: '["127.0.0.1","9.9.9.9"]' },
  },
  {
    title: "odd characters in a target",
    sends: env("PATH_INFO", '/"<>`{}|^\\[]%u1234/../'),
    thin: { status: "200 OK", body: JSON.stringify(['/"<>`{}|^\\[]%u1234/../']) },
  },
  {
    title: "bytes above 127 in a target",
    sends: get("/\xe9", `${HOST}Keys: SERVER_NAME\r\n`),
    thin: { status: "200 OK", body: '["example.com"]' },
  },
  {
    title: "odd methods",
    sends: env("REQUEST_METHOD").replace("GET", "M-SEARCH$_.9"),
    thin: { body: '["M-SEARCH$_.9"]' },
  },
];

describe("HTTP", () => {
  const { start, stop, sides } = appOnBothSides(APP);
  before(start);
  after(stop);
  for (const exchange of EXCHANGES) {
    test(titleOf(exchange), { timeout: 60_000 }, async () => {
      const { sends, thin, better } = exchange;
      const [gem, own] = await Promise.all(sides().map((side: Side) => visit(side, sends)));
      assert.deepEqual(only(thin, gem), thin, "what Thin does");
      const ours = better?.ours ?? thin;
      assert.deepEqual(only(ours, own), ours, "what ours does");
    });
  }
  test("thin check 39 and 41: what is logged of bad requests and of an app that raises (same)", async () => {
    for (const side of sides()) {
      const log = side.lines(await side.file("log/thin.log"));
      assert.ok(log.some((line) => line.startsWith("Invalid request: ")));
      assert.ok(
        log.some((line) => line.startsWith("Unexpected error while processing request: boom")),
      );
      assert.ok(log.some((line) => /^\tFOLDER\/config\.ru:\d+:in /.test(line)));
    }
  });
});

function titleOf({ number, title, better }: Exchange): string {
  const place = number === undefined ? "thin" : `thin check ${number}`;
  return `${place}: ${title} (${better === undefined ? "same" : `better: ${better.why}`})`;
}

/** Of what was seen, that which is looked at. */
function only(looked: Partial<Seen>, seen: Seen | undefined): Partial<Seen> {
  const keys = Object.keys(looked) as (keyof Seen)[];
  return Object.fromEntries(keys.map((key) => [key, seen?.[key]]));
}
