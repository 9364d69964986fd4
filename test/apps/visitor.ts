import { createHash } from "node:crypto";

/** Where an app answers (`http://127.0.0.1:4000`, no slash at the end); asked anew for each request, because it starts after the tests are declared. */
export type App = () => { readonly url: string };

/** Somebody with a cookie jar and no browser. */
export class Visitor {
  readonly #app: App;
  readonly #cookies = new Map<string, string>();

  constructor(app: App) {
    this.#app = app;
  }

  /** Redirects are not followed: they are answers too. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#cookies.size > 0) headers.set("cookie", this.#jar());
    const response = await fetch(new URL(path, this.#app().url), {
      redirect: "manual",
      signal: AbortSignal.timeout(20_000),
      ...init,
      headers,
    });
    for (const cookie of response.headers.getSetCookie()) this.#keep(cookie);
    return response;
  }

  /** Resolves with the body of a 200. */
  async read(path: string): Promise<string> {
    const response = await this.fetch(path);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${text}`);
    return text;
  }

  /** The CSRF token of the form on `path` that posts to `action`. */
  async token(path: string, action: string): Promise<string> {
    const forms = (await this.read(path)).split("<form");
    const form = forms.find((part) => part.match(/^[^>]* action="([^"]+)"/)?.[1]?.endsWith(action));
    const token = form?.match(/name="authenticity_token" value="([^"]+)"/)?.[1];
    if (!token) throw new Error(`No form for ${action} on ${path}`);
    return token;
  }

  #jar(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(cookie: string): void {
    const [, name, value] = cookie.match(/^([^=]+)=([^;]*)/) ?? [];
    if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
  }
}

/** Yields the body in the pieces in which it arrives. */
export async function* pieces(response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) yield decoder.decode(bytes, { stream: true });
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
