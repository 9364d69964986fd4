import { AddressError } from "./errors.ts";

/** A Swiftiply proxy, which is not listened for but connected to: requests come on connections that we open. */
export interface SwiftiplyAddress {
  readonly kind: "swiftiply";
  readonly host: string;
  readonly port: number;
  /** What the proxy knows us by; "" where it asks for none. Latin1, at most 255 bytes. */
  readonly key: string;
  /** So many connections: the proxy sends one request at a time on each. */
  readonly connections: number;
}

/** Where to listen. */
export type Address =
  | SwiftiplyAddress
  | { readonly kind: "tcp"; readonly host: string | undefined; readonly port: number }
  | { readonly kind: "unix"; readonly path: string; readonly mode: number | undefined }
  | { readonly kind: "fd"; readonly fd: number };

/** Where somebody listens. */
export type BoundAddress =
  | SwiftiplyAddress
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  /** A UNIX socket that was handed over: Node does not tell its path. */
  | { readonly kind: "fd"; readonly fd: number };

const PORT_MAX = 65_535;
/** Its length travels in two hexadecimal digits. */
const KEY_LIMIT_BYTES = 255;

/** Reads `HOST:PORT`, `[::1]:80`, `:80`, `unix:/path?mode=0660`, `fd:3` or `swiftiply:HOST:PORT?key=KEY`. */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) return parseUnix(text);
  if (text.startsWith("fd:")) return { kind: "fd", fd: number(text, text.slice(3), "fd") };
  if (text.startsWith("swiftiply:")) return parseSwiftiply(text);
  return { kind: "tcp", ...hostAndPort(text, text) };
}

/** As `parseAddress` reads it and people write it. */
export function formatAddress(address: Address | BoundAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  if (address.kind === "fd") return `fd:${address.fd}`;
  if (address.kind === "swiftiply")
    return `swiftiply:${formatAddress({ ...address, kind: "tcp" })}`;
  const host = address.host ?? "";
  return host.includes(":") ? `[${host}]:${address.port}` : `${host}:${address.port}`;
}

function parseUnix(text: string): Address {
  const [path = "", query] = text.slice("unix:".length).split("?", 2);
  if (path === "") throw new AddressError(text, "the path is missing");
  if (query === undefined) return { kind: "unix", path, mode: undefined };
  const found = /^mode=(0?[0-7]{3})$/.exec(query);
  if (found === null) throw new AddressError(text, "the mode is not three octal digits");
  return { kind: "unix", path, mode: Number.parseInt(found[1] ?? "", 8) };
}

function parseSwiftiply(text: string): Address {
  const [, where = "", key = ""] = /^swiftiply:([^?]*)(?:\?key=(.*))?$/s.exec(text) ?? [];
  const { host = "127.0.0.1", port } = hostAndPort(text, where);
  const bytes = Buffer.from(key);
  if (bytes.length > KEY_LIMIT_BYTES) {
    throw new AddressError(text, `a key is at most ${KEY_LIMIT_BYTES} bytes`);
  }
  return { kind: "swiftiply", host, port, key: bytes.toString("latin1"), connections: 1 };
}

function hostAndPort(
  text: string,
  where: string,
): { readonly host: string | undefined; readonly port: number } {
  const found = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(where);
  if (found === null) throw new AddressError(text, "it has no HOST:PORT");
  const port = number(text, found[3] ?? "", "port");
  if (port > PORT_MAX) throw new AddressError(text, `a port is at most ${PORT_MAX}`);
  return { host: found[1] || found[2] || undefined, port };
}

function number(text: string, digits: string, what: string): number {
  if (!/^\d{1,9}$/.test(digits)) throw new AddressError(text, `the ${what} is not a number`);
  return Number(digits);
}
