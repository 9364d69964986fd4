import { type Address, AddressError, formatAddress, parseAddress } from "../http/index.ts";
import type { Kind } from "./kinds.ts";

/**
 * A place to listen at: what `http` reads, and two short forms of it:
 * `3000` is that port of 127.0.0.1, and what has a slash in it is the path of a socket.
 */
export const address: Kind<Address> = {
  placeholder: "ADDR",
  expected: "HOST:PORT, [IPV6]:PORT, :PORT, PORT or the path of a socket",
  read: (value) => parse(typeof value === "number" ? String(value) : value),
  show: formatAddress,
};

function parse(value: unknown): Address | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parseAddress(written(value));
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

function written(text: string): string {
  if (/^\d+$/.test(text)) return `127.0.0.1:${text}`;
  return text.includes("/") && !/^(?:unix|swiftiply):/.test(text) ? `unix:${text}` : text;
}
