import type { RawResponse } from "../harness/http.ts";
import type { Side } from "./side.ts";

/** What came back over one connection. */
export interface Seen {
  /** Without the version; "" when the connection ended without a word. */
  readonly status: string;
  /** As they came, but for what a date says. */
  readonly fields: readonly string[];
  readonly body: string;
  /** Answers to what was sent, interim ones too. */
  readonly answers: number;
  /** Whether one more request was answered. */
  readonly isOpen: boolean;
}

const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** Sends bytes, reads what is answered, and then asks for `/last`, which the app answers with `the last`. */
export async function visit(side: Side, bytes: string): Promise<Seen> {
  const client = await side.connect();
  client.send(bytes);
  const first = await client.read(bytes.split(" ")[0]).catch(() => undefined);
  client.send(LAST);
  const rest = (await client.rest()).toString("latin1");
  const isOpen = rest.endsWith("the last");
  const others = rest.split("HTTP/1.1 ").length - 1 - (isOpen ? 1 : 0);
  return { ...told(first), answers: (first === undefined ? 0 : 1) + others, isOpen };
}

function told(response: RawResponse | undefined): Pick<Seen, "status" | "fields" | "body"> {
  if (response === undefined) return { status: "", fields: [], body: "" };
  const { statusLine, fields, text } = response;
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return {
    status: statusLine.replace("HTTP/1.1 ", ""),
    fields: lines.map((line) => line.replace(/^date: \w{3}, .* GMT$/, "date: now")),
    body: text,
  };
}
