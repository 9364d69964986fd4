import { resolve } from "node:path";
import type { TlsOptions } from "../http/index.ts";
import { ConfigError } from "./errors.ts";
import type { Settings } from "./settings.ts";

/**
 * How listeners speak TLS: not at all without keys and certificates. Throws ConfigError when one of them is without the
 * other.
 */
export function tlsOptions(settings: Settings, directory: string): TlsOptions | undefined {
  const { tlsKey: keys, tlsCert: certs } = settings;
  if (keys.length === 0 && certs.length === 0) return undefined;
  if (keys.length === 0) throw missing("--tls-key", "private key", "--tls-cert");
  if (certs.length === 0) throw missing("--tls-cert", "certificate", "--tls-key");
  if (keys.length !== certs.length) throw uneven(keys.length, certs.length);
  return {
    certificates: certs.map((cert, at) => ({
      keyFile: resolve(directory, keys[at] ?? ""),
      certFile: resolve(directory, cert),
    })),
    minVersion: settings.tlsVersion,
    ciphers: settings.tlsCiphers ?? "",
    asksClients: settings.tlsClientCerts,
  };
}

function missing(flag: string, what: string, given: string): ConfigError {
  return new ConfigError(`${given} needs ${flag} too. Name the file of the ${what}: ${flag} FILE.`);
}

function uneven(keys: number, certs: number): ConfigError {
  return new ConfigError(
    `There are as many TLS keys as certificates, not ${keys} and ${certs}. Name the key of each certificate, in the same order.`,
  );
}
