export { type Address, type BoundAddress, formatAddress, parseAddress } from "./address.ts";
export { AddressError, ConnectionLostError, HttpError, ListenError } from "./errors.ts";
export type { HttpFact } from "./facts.ts";
export { HTTP_DEFAULTS, type HttpOptions } from "./options.ts";
