import { cgiKey, type Request } from "../message/index.ts";
import { serverFields } from "./authority.ts";
import { codeOf } from "./header-codes.ts";

/** What is known of a header name; names are few, so each is thought about once. */
interface Name {
  /** NUL, the name on the wire, NUL. */
  readonly prefix: string;
  readonly kind: "plain" | "framing" | "merged";
  /** The last request that had it: a second time in the same request is a repeat. */
  seen: number;
}

const REMEMBERED = 1024;
const names = new Map<string, Name>();
/** The body is decoded, so what framed it is not true any more. */
const FRAMING = new Set(["content-length", "transfer-encoding"]);
let serial = 0;

/** The head of a REQUEST frame, as docs/PROTOCOL.md has it: what becomes the Rack env. */
export function headText(request: Request): string {
  serial += 1;
  let text = requestFields(request);
  const fields = request.fields;
  for (let at = 0; at < fields.length; at += 2) {
    const name = nameOf(fields[at] as string);
    if (name.seen === serial || name.kind === "merged") return mergedText(request);
    name.seen = serial;
    if (name.kind === "plain") text += name.prefix + fields[at + 1];
  }
  return text + lengthField(request) + certificateField(request);
}

function requestFields({
  method,
  path,
  query,
  target,
  protocol,
  authority,
  peer,
}: Request): string {
  const server = serverFields(authority, peer);
  return `${method}\0${path}\0${query}\0${target}\0${protocol}\0${peer.scheme}\0${server}\0${peer.remoteAddress}`;
}

const LENGTH = `\0${codeOf("CONTENT_LENGTH")}\0`;

function lengthField({ body, fields }: Request): string {
  switch (body.kind) {
    case "none":
      return fields.includes("content-length") ? `${LENGTH}0` : "";
    case "bytes":
      return LENGTH + body.bytes.length;
    default:
      return body.sizeBytes === undefined ? "" : LENGTH + body.sizeBytes;
  }
}

/** No header has a key like that, so nobody can pass one off as a certificate. */
function certificateField({ peer: { certificate } }: Request): string {
  return certificate === undefined ? "" : `\0rack.peer_cert\0${certificate}`;
}

function nameOf(field: string): Name {
  return names.get(field) ?? learn(field);
}

function learn(field: string): Name {
  const prefix = `\0${codeOf(cgiKey(field))}\0`;
  const isRemembered = names.size < REMEMBERED;
  const name: Name = { prefix, kind: kindOf(field, isRemembered), seen: 0 };
  if (isRemembered) names.set(field, name);
  return name;
}

/** A repeat of a name that is not remembered would not be noticed, so its request goes the slow way. */
function kindOf(field: string, isRemembered: boolean): Name["kind"] {
  if (FRAMING.has(field)) return "framing";
  return field.includes("_") || !isRemembered ? "merged" : "plain";
}

/** The slow way, for a request that repeats a header or has one with an underscore. */
function mergedText(request: Request): string {
  const merged = new Map<string, string>();
  for (const underscored of [false, true]) merge(request.fields, merged, underscored);
  let text = requestFields(request);
  for (const [key, value] of merged) text += `\0${codeOf(key)}\0${value}`;
  return text + lengthField(request) + certificateField(request);
}

/** Dashed names first: `x_thing` must not pass for `x-thing`, which a proxy may have set. */
function merge(fields: readonly string[], merged: Map<string, string>, underscored: boolean): void {
  const taken = underscored ? new Set(merged.keys()) : undefined;
  for (let at = 0; at < fields.length; at += 2) {
    const field = fields[at] as string;
    if (field.includes("_") !== underscored || FRAMING.has(field)) continue;
    const key = cgiKey(field);
    if (taken?.has(key) || (underscored && FRAMING.has(field.replaceAll("_", "-")))) continue;
    const earlier = merged.get(key);
    const value = fields[at + 1] as string;
    merged.set(key, earlier === undefined ? value : earlier + separator(key) + value);
  }
}

/** RFC 9110 §5.3; RFC 9113 §8.2.3 for cookies. */
function separator(key: string): string {
  return key === "HTTP_COOKIE" ? "; " : ", ";
}
