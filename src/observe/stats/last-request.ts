import { cgiPairs, type Request, withoutSecrets } from "../../message/index.ts";

/** Names and values, repeats kept. */
export type Pairs = readonly (readonly [name: string, value: string])[];

/** A request as people may see it: no secret is in it. */
export interface LastRequest {
  readonly get: Pairs;
  readonly post: Pairs;
  readonly cookies: Pairs;
  readonly env: Pairs;
}

/** What is told of a request. Of a body that was not in memory nothing is. */
export async function lastRequestOf(request: Request): Promise<LastRequest> {
  return {
    get: shown([...new URLSearchParams(request.query)]),
    post: shown(await postOf(request)),
    cookies: cookiesOf(request),
    env: shown(cgiPairs(request)),
  };
}

function shown(pairs: Pairs): Pairs {
  const masked = pairs.map(([name, value]) => [name, withoutSecrets(name, value)] as const);
  return masked.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}

const FORM = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\b/i;

async function postOf(request: Request): Promise<Pairs> {
  const type = fieldsOf(request, "content-type")[0] ?? "";
  const { body } = request;
  if (body.kind !== "bytes" || !FORM.test(type)) return [];
  try {
    const form = await new Response(body.bytes, { headers: { "content-type": type } }).formData();
    return [...form].map(([name, value]) => [name, textOf(value)] as const);
  } catch {
    // It is no form, whatever it says of itself: the client's affair and the app's.
    return [];
  }
}

function textOf(value: string | File): string {
  return typeof value === "string" ? value : `${value.name} (${value.type}, ${value.size} bytes)`;
}

/** Their names are of use; each value may be a session. */
function cookiesOf(request: Request): Pairs {
  return fieldsOf(request, "cookie")
    .flatMap((line) => line.split(";"))
    .map((pair) => pair.split("=", 1)[0]?.trim() ?? "")
    .filter((name) => name !== "")
    .map((name) => [name, withoutSecrets("cookie", "")] as const);
}

function fieldsOf({ fields }: Request, name: string): readonly string[] {
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1] === name);
}
