import type { Request } from "./request.ts";

/** The CGI key of a header: `x-thing` is HTTP_X_THING; the two that describe the body go without HTTP_. */
export function cgiKey(name: string): string {
  const key = name.toUpperCase().replaceAll("-", "_");
  return key === "CONTENT_TYPE" || key === "CONTENT_LENGTH" ? key : `HTTP_${key}`;
}

/** A request by the names that CGI and Rack have for it, for people to read: without what every request shares. */
export function cgiPairs(request: Request): readonly (readonly [key: string, value: string])[] {
  const { method, target, path, query, protocol, peer, fields } = request;
  const pairs: (readonly [string, string])[] = [
    ["REQUEST_METHOD", method],
    ["PATH_INFO", path],
    ["QUERY_STRING", query],
    ["REQUEST_URI", target],
    ["SERVER_PROTOCOL", protocol],
    ["REMOTE_ADDR", peer.remoteAddress],
    ["rack.url_scheme", peer.scheme],
  ];
  for (let at = 0; at < fields.length; at += 2) {
    pairs.push([cgiKey(fields[at] as string), fields[at + 1] as string]);
  }
  return pairs;
}
