export { type Address, type BoundAddress, formatAddress, parseAddress } from "./address.ts";
export { openFileLimit } from "./descriptors.ts";
export { AddressError, ListenError } from "./errors.ts";
export type { BytesPassed, HttpFact, RequestEnd, RequestEnded } from "./facts.ts";
export { Front } from "./front.ts";
export { HTTP_DEFAULTS, type HttpOptions } from "./options.ts";
export { readTls, type TlsOptions } from "./tls.ts";
