import { get as getHttp, type IncomingMessage } from "node:http";
import { get as getHttps } from "node:https";
import type { CheckKind } from "../description.ts";
import type { Sample } from "../samples.ts";

type HttpCheck = Extract<CheckKind, { readonly type: "http" }>;

/** Enough for any health page, and no more than that of a page that never ends. */
const BODY_LIMIT_BYTES = 1_048_576;

/**
 * GETs the URL once: redirects are not followed and certificates are not verified, as in bluepill. Good is a status that
 * begins as it should, and a body that matches the pattern, if there is one. Head and body may each take the time for a
 * read: an answer that trickles in is none.
 */
export function fetches(check: HttpCheck): Promise<Sample> {
  const { url, openTimeoutMs, readTimeoutMs } = check;
  const limitMs = openTimeoutMs + 2 * readTimeoutMs;
  return new Promise((resolve) => {
    const end = (sample: Sample): void => {
      clearTimeout(opening);
      clearTimeout(answering);
      resolve(sample);
    };
    const bad = (text: string): void => {
      request.destroy();
      end({ text, isGood: false });
    };
    const answering = setTimeout(() => bad(`not all of it in ${limitMs} ms`), limitMs);
    const options = { agent: false, rejectUnauthorized: false, timeout: readTimeoutMs };
    const request = (url.startsWith("https:") ? getHttps : getHttp)(url, options, (response) => {
      void judged(check, response).then(end, (error: Error) => bad(error.message));
    });
    const opening = setTimeout(() => bad(`not connected in ${openTimeoutMs} ms`), openTimeoutMs);
    request.on("socket", (socket) => {
      if (!socket.connecting) return clearTimeout(opening);
      socket.once("connect", () => clearTimeout(opening));
    });
    request.on("timeout", () => bad(`no answer in ${readTimeoutMs} ms`));
    request.on("error", (error: NodeJS.ErrnoException) => bad(error.code ?? error.message));
  });
}

async function judged({ status, pattern }: HttpCheck, response: IncomingMessage): Promise<Sample> {
  const code = String(response.statusCode ?? "");
  if (!code.startsWith(status)) {
    response.destroy();
    return { text: code, isGood: false };
  }
  if (pattern === undefined) {
    response.destroy();
    return { text: code, isGood: true };
  }
  const body = await bodyOf(response);
  const isGood = new RegExp(pattern.source, pattern.flags).test(body);
  return { text: isGood ? code : `${code}, /${pattern.source}/ not in its body`, isGood };
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > BODY_LIMIT_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
