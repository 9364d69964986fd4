import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
} from "node:tls";
import { TlsError } from "./errors.ts";

/** A certificate and what proves that it is ours. */
export interface CertificateFiles {
  /** PEM, absolute: the private key, not encrypted. */
  readonly keyFile: string;
  /** PEM, absolute: the certificate, and those that lead from it to a root. */
  readonly certFile: string;
}

/** How TCP listeners speak TLS. */
export interface TlsOptions {
  /** At least one. A client gets the first that is for the name it asks for (RFC 6066 §3), or the first of all. */
  readonly certificates: readonly CertificateFiles[];
  /** The oldest version that is spoken; 1.3 always is. */
  readonly minVersion: SecureVersion;
  /** OpenSSL's way of naming ciphers of TLS 1.2 and older; "" for its default. */
  readonly ciphers: string;
  /** Asks clients for a certificate; one that sends none, or one that nobody knows, is served all the same. */
  readonly asksClients: boolean;
}

/** What is in the files, ready for use. */
export interface TlsContexts {
  /** For whoever asks for no name, or for one that no certificate is for. */
  readonly first: SecureContextOptions;
  /** The one for a host name; undefined where `first` will do. */
  forName(name: string): SecureContext | undefined;
}

/** Reads keys and certificates; throws TlsError where one of them, or the ciphers, are of no use. */
export function readTls({ certificates, ...options }: TlsOptions): TlsContexts {
  const [first, ...others] = certificates.map((files) => readOne(files, options));
  if (first === undefined)
    throw new TlsError("TLS needs a key and a certificate. Name their files.");
  return {
    first: first.options,
    forName(name) {
      if (others.length === 0 || isFor(first, name)) return undefined;
      return others.find((one) => isFor(one, name))?.context;
    },
  };
}

interface One {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  readonly certificate: X509Certificate;
}

/** As RFC 9525 has it: `*.example.com` is for `a.example.com`. */
function isFor({ certificate: own }: One, name: string): boolean {
  return own.checkHost(name) !== undefined;
}

function readOne(
  { keyFile, certFile }: CertificateFiles,
  { minVersion, ciphers }: Omit<TlsOptions, "certificates">,
): One {
  const key = read(keyFile, "key");
  const cert = read(certFile, "certificate");
  const own = certificate(cert, certFile);
  checkPair(privateKey(key, keyFile), own, keyFile, certFile);
  const options = { key, cert, minVersion, sessionIdContext: SESSIONS, ...ciphersOf(ciphers) };
  try {
    return { options, context: createSecureContext(options), certificate: own };
  } catch (error) {
    throw unusable(error, ciphers, certFile);
  }
}

/** Sessions of clients that showed a certificate can be taken up again only where all contexts say the same. */
const SESSIONS = "gossamer";

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
