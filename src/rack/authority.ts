import type { Peer } from "../message/index.ts";

const REMEMBERED = 256;
const known = { http: new Map<string, string>(), https: new Map<string, string>() };

/** SERVER_NAME and SERVER_PORT of a request for `authority`, joined by NUL. */
export function serverFields(authority: string, peer: Peer): string {
  if (authority === "") return `localhost\0${peer.localPort ?? defaultPort(peer)}`;
  const cache = known[peer.scheme];
  const fields = cache.get(authority);
  return fields ?? remember(cache, authority, split(authority, defaultPort(peer)));
}

/** A client can invent any number of names, so the memory for them is bounded. */
function remember(cache: Map<string, string>, authority: string, fields: string): string {
  if (cache.size >= REMEMBERED) cache.clear();
  cache.set(authority, fields);
  return fields;
}

/** `[::1]:80` has colons of its own: a port follows the last one, and the bracket. */
function split(authority: string, port: number): string {
  const colon = authority.lastIndexOf(":");
  if (colon <= authority.lastIndexOf("]")) return `${authority}\0${port}`;
  return `${authority.slice(0, colon)}\0${authority.slice(colon + 1) || port}`;
}

function defaultPort(peer: Peer): number {
  return peer.scheme === "https" ? 443 : 80;
}
