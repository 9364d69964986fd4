import type { SecureVersion } from "node:tls";
import type { Kind } from "./kinds.ts";

/** A version of TLS: `1.2`, or as Thin (`TLSv1_2`) or Node (`TLSv1.2`) spells it. */
export const tlsVersion: Kind<SecureVersion> = {
  placeholder: "VERSION",
  expected: "a version of TLS: 1.0, 1.1, 1.2 or 1.3",
  read(value) {
    const [, minor = ""] = /^(?:TLSv)?1(?:[._]([0-3]))?$/i.exec(String(value)) ?? [
      undefined,
      "none",
    ];
    return VERSIONS[minor];
  },
  show: (version) => (version === "TLSv1" ? "1.0" : version.slice(4)),
};

const VERSIONS: { readonly [minor: string]: SecureVersion } = {
  "": "TLSv1",
  "0": "TLSv1",
  "1": "TLSv1.1",
  "2": "TLSv1.2",
  "3": "TLSv1.3",
};
