const SECRET =
  /cookie|authorization|passw|passphrase|pwd|credential|token|secret|session|api[-_]?key|csrf/i;
const MASK = "[masked]";

/** A value as a page of ours may show it: masked when its name is that of a secret, or where it holds one as a query. */
export function withoutSecrets(name: string, value: string): string {
  return SECRET.test(name) ? MASK : maskedQuery(value);
}

/** Secrets travel in queries as well, and queries in referrers. */
function maskedQuery(value: string): string {
  return value.replace(/(^|[?&])([^=&?]*)=([^&]*)/g, (whole, mark: string, name: string) =>
    SECRET.test(name) ? `${mark}${name}=${MASK}` : whole,
  );
}
