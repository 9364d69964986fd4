import { AddressError } from "./errors.ts";

/** Where to listen. */
export type Address =
  | { readonly kind: "tcp"; readonly host: string | undefined; readonly port: number }
  | { readonly kind: "unix"; readonly path: string; readonly mode: number | undefined }
  | { readonly kind: "fd"; readonly fd: number };

/** Where somebody listens. */
export type BoundAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

const PORT_MAX = 65_535;

/** Reads `HOST:PORT`, `[::1]:80`, `:80`, `unix:/path?mode=0660` or `fd:3`. */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix:")) return parseUnix(text);
  if (text.startsWith("fd:")) return { kind: "fd", fd: number(text, text.slice(3), "fd") };
  const found = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text);
  if (found === null) throw new AddressError(text, "it has no HOST:PORT");
  const port = number(text, found[3] ?? "", "port");
  if (port > PORT_MAX) throw new AddressError(text, `a port is at most ${PORT_MAX}`);
  return { kind: "tcp", host: found[1] || found[2] || undefined, port };
}

/** As `parseAddress` reads it and people write it. */
export function formatAddress(address: Address | BoundAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  if (address.kind === "fd") return `fd:${address.fd}`;
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

function number(text: string, digits: string, what: string): number {
  if (!/^\d{1,9}$/.test(digits)) throw new AddressError(text, `the ${what} is not a number`);
  return Number(digits);
}
