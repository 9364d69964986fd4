import "./latin1.ts";

/** What the frames between front and worker are called on the wire; docs/PROTOCOL.md says what is in them. */
export const FRAME = {
  request: 0x01,
  requestBytes: 0x02,
  requestFile: 0x03,
  requestStream: 0x04,
  body: 0x05,
  bodyEnd: 0x06,
  bodyLost: 0x07,
  credit: 0x08,
  gone: 0x09,
  sent: 0x0a,
  answer: 0x11,
  answerFile: 0x12,
  head: 0x13,
  data: 0x14,
  end: 0x15,
  cut: 0x16,
  failure: 0x17,
  interim: 0x18,
  want: 0x19,
  taken: 0x1a,
  returned: 0x1b,
  deferred: 0x1c,
  hello: 0x20,
  ready: 0x21,
  loadFailed: 0x22,
  inspect: 0x23,
  backtraces: 0x24,
  retire: 0x25,
  fork: 0x26,
  forked: 0x27,
  exited: 0x28,
  reopen: 0x29,
  recall: 0x2a,
  recalled: 0x2b,
  listening: 0x2c,
} as const;

/** Bytes before the payload of every frame: length and type, then the request's id. */
export const PREFIX_BYTES = 8;
/** The longest body that a frame carries beside a head: three bytes of length announce 16 MiB for both. */
export const FRAMED_BODY_LIMIT_BYTES: number = 8 << 20;

/** What the front says on a slot. */
export type ToSlot =
  | { readonly type: "request"; readonly id: number; readonly head: string }
  | {
      readonly type: "requestBytes";
      readonly id: number;
      readonly head: string;
      readonly body: Uint8Array;
    }
  | {
      readonly type: "requestFile";
      readonly id: number;
      readonly head: string;
      readonly path: string;
    }
  | { readonly type: "requestStream"; readonly id: number; readonly head: string }
  | { readonly type: "body"; readonly id: number; readonly bytes: Uint8Array }
  | { readonly type: "bodyEnd"; readonly id: number }
  | { readonly type: "bodyLost"; readonly id: number; readonly reason: string }
  | { readonly type: "credit"; readonly id: number; readonly bytes: number }
  | { readonly type: "gone"; readonly id: number }
  | { readonly type: "sent"; readonly id: number };

/** What front and worker (or mold) say to each other on a control connection. */
export type Control =
  | { readonly type: "hello"; readonly fields: readonly string[] }
  | { readonly type: "ready"; readonly fields: readonly string[] }
  | { readonly type: "loadFailed"; readonly fields: readonly string[] }
  | { readonly type: "inspect" }
  | { readonly type: "backtraces"; readonly fields: readonly string[] }
  | { readonly type: "retire" }
  | { readonly type: "fork"; readonly fields: readonly string[] }
  | { readonly type: "forked"; readonly fields: readonly string[] }
  | { readonly type: "exited"; readonly fields: readonly string[] }
  | { readonly type: "reopen"; readonly fields: readonly string[] }
  | { readonly type: "recall"; readonly fields: readonly string[] }
  | { readonly type: "recalled"; readonly fields: readonly string[] }
  | { readonly type: "listening"; readonly fields: readonly string[] };

/** A frame's first eight bytes. */
function prefix(type: number, id: number, payloadBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES);
  bytes.writeUInt32BE(((payloadBytes << 8) | type) >>> 0, 0);
  bytes.writeUInt32BE(id, 4);
  return bytes;
}

/** A frame with a text payload (latin1). */
export function textFrame(type: number, id: number, text = ""): Buffer {
  return Buffer.concat([prefix(type, id, text.length), Buffer.from(text, "latin1")]);
}

/** A frame with a number for a payload. */
function numberFrame(type: number, id: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value, 0);
  return Buffer.concat([prefix(type, id, 4), payload]);
}

/** What the front says, as bytes: for every frame but the plain REQUEST, which `Outbox` writes in place. */
export function encode(frame: ToSlot): readonly Uint8Array[] {
  switch (frame.type) {
    case "request":
    case "requestStream":
      return [textFrame(FRAME[frame.type], frame.id, frame.head)];
    case "requestBytes":
      return withHead(FRAME.requestBytes, frame.id, frame.head, frame.body);
    case "requestFile":
      return withHead(FRAME.requestFile, frame.id, frame.head, Buffer.from(frame.path));
    case "body":
      return [prefix(FRAME.body, frame.id, frame.bytes.length), frame.bytes];
    case "bodyLost":
      return [textFrame(FRAME.bodyLost, frame.id, frame.reason)];
    case "credit":
      return [numberFrame(FRAME.credit, frame.id, frame.bytes)];
    default:
      return [prefix(FRAME[frame.type], frame.id, 0)];
  }
}

function withHead(type: number, id: number, head: string, rest: Uint8Array): Uint8Array[] {
  const start = Buffer.allocUnsafe(PREFIX_BYTES + 4 + head.length);
  start.writeUInt32BE((((4 + head.length + rest.length) << 8) | type) >>> 0, 0);
  start.writeUInt32BE(id, 4);
  start.writeUInt32BE(head.length, 8);
  start.latin1Write(head, 12);
  return [start, rest];
}

/** A control frame as bytes. Fields are UTF-8: paths and messages may hold any character. */
export function encodeControl(frame: Control): Buffer {
  const payload = Buffer.from("fields" in frame ? frame.fields.join("\0") : "");
  return Buffer.concat([prefix(FRAME[frame.type], 0, payload.length), payload]);
}

const CONTROL = new Map(
  (
    [
      "hello",
      "ready",
      "loadFailed",
      "inspect",
      "backtraces",
      "retire",
      "fork",
      "forked",
      "exited",
      "reopen",
      "recall",
      "recalled",
      "listening",
    ] as const
  ).map((name) => [FRAME[name] as number, name]),
);

/** The control frame that `type` and `payload` are; undefined for a type that has no business there. */
export function decodeControl(type: number, payload: Buffer): Control | undefined {
  const name = CONTROL.get(type);
  if (name === undefined) return undefined;
  if (name === "inspect" || name === "retire") return { type: name };
  return { type: name, fields: payload.toString().split("\0") };
}
