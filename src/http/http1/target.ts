import { isIPv6 } from "node:net";
import { Refusal } from "./refusal.ts";

/** What a request target says, RFC 9112 §3.2. */
export interface Target {
  readonly path: string;
  readonly query: string;
  /** The authority of the absolute form, else undefined. */
  readonly authority: string | undefined;
}

const BAD_TARGET = new Refusal(400, "The request target has none of the forms of RFC 9112 §3.2");
const BAD_BYTE = new Refusal(400, "The request target holds a tab or a fragment");
const ASTERISK = new Refusal(400, "The target * is for OPTIONS only");
const BAD_AUTHORITY = new Refusal(400, "The authority of the request target is malformed");
const CONNECT = new Refusal(501, "CONNECT is for proxies");

const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/is;
/** RFC 3986 §3.2: IP-literal, or reg-name with its IPv4; then a port. No userinfo, RFC 9110 §4.2.4. */
const AUTHORITY =
  /^(?:\[(?:([0-9A-Fa-f:.]+)|v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+)\]|(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::(\d*))?$/;
const PORT_MAX = 65_535;

let lastAuthority = "";

/** Whether the text is `host[:port]`; empty text is, RFC 9112 §3.2. */
export function isAuthority(text: string): boolean {
  if (text === lastAuthority) return true;
  const found = AUTHORITY.exec(text);
  if (found === null || Number(found[2] ?? 0) > PORT_MAX) return false;
  if (found[1] !== undefined && !isIPv6(found[1])) return false;
  lastAuthority = text;
  return true;
}

/** Takes a target apart. The bytes of the head have been checked. */
export function parseTarget(method: string, target: string): Target | Refusal {
  if (target.includes("#") || target.includes("\t")) return BAD_BYTE;
  if (method === "CONNECT") return CONNECT;
  if (target.charCodeAt(0) === 47) return split(target, undefined);
  if (target === "*") return method === "OPTIONS" ? split("*", undefined) : ASTERISK;
  return absolute(method, target);
}

function absolute(method: string, target: string): Target | Refusal {
  const found = ABSOLUTE.exec(target);
  if (found === null) return BAD_TARGET;
  const [, authority = "", rest = ""] = found;
  if (!/^[^:]/.test(authority) || !isAuthority(authority)) return BAD_AUTHORITY;
  // RFC 9112 §3.2.4: OPTIONS of an authority without path and query is about the server.
  if (rest === "" && method === "OPTIONS") return split("*", authority);
  return split(rest.startsWith("/") ? rest : `/${rest}`, authority);
}

function split(text: string, authority: string | undefined): Target {
  const mark = text.indexOf("?");
  if (mark < 0) return { path: text, query: "", authority };
  return { path: text.slice(0, mark), query: text.slice(mark + 1), authority };
}
