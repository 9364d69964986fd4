import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import { TlsError } from "./errors.ts";

/** How TCP listeners speak TLS. */
export interface TlsOptions {
  /** PEM, absolute: the private key, not encrypted. */
  readonly keyFile: string;
  /** PEM, absolute: the certificate, and those that lead from it to a root. */
  readonly certFile: string;
  /** The oldest version that is spoken; 1.3 always is. */
  readonly minVersion: SecureVersion;
  /** OpenSSL's way of naming ciphers of TLS 1.2 and older; "" for its default. */
  readonly ciphers: string;
  /** Asks clients for a certificate; one that sends none, or one that nobody knows, is served all the same. */
  readonly asksClients: boolean;
}

/** Reads key and certificate; throws TlsError where they, or the ciphers, are of no use. */
export function readTls({ keyFile, certFile, ...options }: TlsOptions): SecureContextOptions {
  const key = read(keyFile, "key");
  const cert = read(certFile, "certificate");
  checkPair(privateKey(key, keyFile), certificate(cert, certFile), keyFile, certFile);
  const { minVersion, ciphers } = options;
  const context = { key, cert, minVersion, ...ciphersOf(ciphers) };
  try {
    createSecureContext(context);
  } catch (error) {
    throw unusable(error, options.ciphers, certFile);
  }
  return context;
}

function read(path: string, what: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (cause) {
    const why = REASONS[(cause as NodeJS.ErrnoException).code ?? ""] ?? String(cause);
    throw new TlsError(`Cannot read the TLS ${what} ${path}: ${why}.`, cause);
  }
}

const REASONS: { readonly [code: string]: string } = {
  ENOENT: "it is not there. Correct the path",
  EACCES: "permission denied. Correct the file's mode or owner",
  EISDIR: "it is a folder. Name the file in it",
};

function privateKey(pem: string, path: string): KeyObject {
  if (/^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    throw new TlsError(
      `The TLS key ${path} is encrypted, and nobody is there to ask for its passphrase. ` +
        `Decrypt it: openssl pkey -in ${path} -out FILE`,
    );
  }
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new TlsError(`${path} is no private key in PEM form. Name the TLS key's file.`, cause);
  }
}

function certificate(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new TlsError(`${path} is no certificate in PEM form. Name the TLS certificate.`, cause);
  }
}

function checkPair(key: KeyObject, cert: X509Certificate, keyFile: string, certFile: string): void {
  if (cert.checkPrivateKey(key)) return;
  throw new TlsError(
    `The TLS key ${keyFile} does not belong to the certificate ${certFile}. ` +
      "Name two that belong together; the server's own certificate comes first in its file.",
  );
}

/** Node takes a list without suites of TLS 1.3 for the wish to go without 1.3. */
function ciphersOf(list: string): { readonly ciphers?: string } {
  if (list === "") return {};
  return { ciphers: list.includes("TLS_") ? list : `${SUITES}:${list}` };
}

const SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

function unusable(error: unknown, ciphers: string, certFile: string): TlsError {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (/CIPHER/.test(code)) {
    return new TlsError(
      `No TLS cipher is called "${ciphers}". \`openssl ciphers\` lists them; several are joined by colons.`,
      error,
    );
  }
  return new TlsError(`OpenSSL cannot use the TLS certificate ${certFile}: ${message}.`, error);
}
