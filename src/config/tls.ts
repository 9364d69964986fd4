import { resolve } from "node:path";
import type { TlsOptions } from "../http/index.ts";
import { ConfigError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/** How listeners speak TLS: not at all without key and certificate. Throws ConfigError when one of them is missing. */
export function tlsOptions(settings: Settings, directory: string): TlsOptions | undefined {
  const { tlsKey, tlsCert } = settings;
  if (tlsKey === undefined && tlsCert === undefined) return undefined;
  if (tlsKey === undefined) throw missing("--tls-key", "private key", "--tls-cert");
  if (tlsCert === undefined) throw missing("--tls-cert", "certificate", "--tls-key");
  return {
    keyFile: resolve(directory, tlsKey),
    certFile: resolve(directory, tlsCert),
    minVersion: settings.tlsVersion,
    ciphers: settings.tlsCiphers ?? "",
    asksClients: settings.tlsClientCerts,
  };
}

function missing(flag: string, what: string, given: string): ConfigError {
  return new ConfigError(`${given} needs ${flag} too. Name the file of the ${what}: ${flag} FILE.`);
}
