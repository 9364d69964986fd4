import { ConfigError } from "./errors.ts";
import { readValue, type Said } from "./source.ts";
import type { ThinGiven } from "./thin-given.ts";

const FILES = [
  ["ssl_key_file", "--ssl-key-file", "private key"],
  ["ssl_cert_file", "--ssl-cert-file", "certificate"],
] as const;

/** What Thin's `--ssl` and its companions say. Throws ConfigError without a key and a certificate: there is no toy one. */
export function tlsFromThin(given: ThinGiven): Said {
  if (given.get("ssl") !== true) return {};
  for (const [key, flag, what] of FILES) {
    if (textsOf(given, key).length > 0) continue;
    throw new ConfigError(`--ssl needs ${flag}. Name the file of the ${what}: ${flag} PATH.`);
  }
  const version = textOf(given, "ssl_version");
  const ciphers = textOf(given, "ssl_cipher_list");
  return {
    tlsKey: textsOf(given, "ssl_key_file"),
    tlsCert: textsOf(given, "ssl_cert_file"),
    ...(ciphers === undefined ? {} : { tlsCiphers: ciphers }),
    ...(version === undefined ? {} : readValue("tlsVersion", version, "--ssl-version")),
    tlsClientCerts: given.get("ssl_disable_verify") !== true,
  };
}

/** What to tell who names a key or a certificate and forgets `--ssl`, without which Thin does not look at them. */
export function forgottenSsl(given: ThinGiven): readonly string[] {
  const [, flag] = FILES.find(([key]) => given.has(key)) ?? [];
  if (flag === undefined || given.get("ssl") === true) return [];
  return [`WARNING: ${flag} means nothing without --ssl: serving plain HTTP`];
}

function textOf(given: ThinGiven, key: string): string | undefined {
  const value = given.get(key);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What may be given several times. */
function textsOf(given: ThinGiven, key: string): readonly string[] {
  const value = given.get(key);
  return [value].flat().filter((one) => typeof one === "string" && one !== "") as readonly string[];
}
