/** What goes wrong at the listeners; `code` is stable. */
class HttpError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The text is no address that can be listened on. */
export class AddressError extends HttpError {
  constructor(text: string, why: string) {
    super(
      "BAD_ADDRESS",
      `Cannot listen on "${text}": ${why}. Write HOST:PORT, [IPV6]:PORT, :PORT, unix:/PATH?mode=0660, fd:NUMBER or swiftiply:HOST:PORT?key=KEY.`,
    );
  }
}

/** Nothing can be bound at the address. */
export class ListenError extends HttpError {
  constructor(address: string, why: string, cause?: unknown) {
    super("CANNOT_LISTEN", `Cannot listen on ${address}: ${why}`, { cause });
  }
}

/** Key, certificate or ciphers are of no use. */
export class TlsError extends HttpError {
  constructor(message: string, cause?: unknown) {
    super("BAD_TLS", message, { cause });
  }
}

/** The client went, or its request turned out broken, before the body was whole. */
export class ConnectionLostError extends HttpError {
  constructor() {
    super("CONNECTION_LOST", "The client's connection ended before the request's body was whole.");
  }
}
