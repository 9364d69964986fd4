import type { Peer } from "../message/index.ts";

const REMEMBERED = 256;
/** SERVER_NAME where the client names none: it is never empty (Rack SPEC: "The Environment"). */
const NAMELESS = "localhost";
const known = new Map<string, string>();

/**
 * SERVER_NAME and SERVER_PORT of a request for `authority`, joined by NUL. Where it names no port, it is that of the
 * scheme, but with TLS that of the listener, as Thin has it.
 */
export function serverFields(authority: string, peer: Peer): string {
  if (authority === "")
    return `${NAMELESS}\0${peer.localPort ?? (peer.scheme === "https" ? 443 : 80)}`;
  if (peer.scheme === "https") return split(authority, peer.localPort ?? 443);
  const fields = known.get(authority);
  return fields ?? remember(authority, split(authority, 80));
}

/** A client can invent any number of names, so the memory for them is bounded. */
function remember(authority: string, fields: string): string {
  if (known.size >= REMEMBERED) known.clear();
  known.set(authority, fields);
  return fields;
}

/** `[::1]:80` has colons of its own: a port follows the last one, and the bracket. */
function split(authority: string, port: number): string {
  const colon = authority.lastIndexOf(":");
  if (colon <= authority.lastIndexOf("]")) return `${authority}\0${port}`;
  const name = authority.slice(0, colon) || NAMELESS;
  return `${name}\0${authority.slice(colon + 1) || port}`;
}
