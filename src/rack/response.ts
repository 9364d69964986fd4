import type { ResponseHead } from "../message/index.ts";
import type { Flight } from "./flight.ts";
import { FRAME } from "./frames.ts";
import type { NativeSlot, SlotListener } from "./slot.ts";

/** Up to here a body is cheaper as a string, which the writer joins with the head. */
const TEXT_BYTES = 16_384;
/** Credit is given back in portions of this size. */
const CREDIT_BYTES = 131_072;

/** Acts on a frame of the worker's: the answer to `flight`, or a part of it. */
export function receive(
  slot: NativeSlot,
  flight: Flight,
  listener: SlotListener,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const reply = flight.call.reply;
  switch (type) {
    case FRAME.answer:
      answer(slot, flight, bytes, start, end);
      break;
    case FRAME.answerFile:
      answerFile(slot, flight, bytes, start, end);
      break;
    case FRAME.end:
      reply.end();
      break;
    case FRAME.taken:
      listener.taken(flight);
      break;
    case FRAME.cut:
    case FRAME.failure:
      fail(flight, listener, type, bytes.utf8Slice(start + 4, end));
      break;
    default:
      advance(slot, flight, type, bytes, start, end);
      return;
  }
  const hasIdle = type === FRAME.answer || type === FRAME.answerFile;
  slot.settle(flight, bytes.readUInt32BE(start), hasIdle ? (bytes[start + 7] as number) : 0);
}

/** A part of the answer; more follows. */
function advance(
  slot: NativeSlot,
  flight: Flight,
  type: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  if (type === FRAME.head) begin(slot, flight, bytes, start, end);
  else if (type === FRAME.data) piece(slot, flight, bytes, start, end);
  else if (type === FRAME.interim) {
    flight.call.reply.inform(bytes.readUInt16BE(start), bytes.latin1Slice(start + 2, end));
  }
}

function fail({ call }: Flight, listener: SlotListener, type: number, text: string): void {
  listener.failed(call, text.split("\0"), type === FRAME.cut);
}

function answer(
  slot: NativeSlot,
  { call }: Flight,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const status = bytes.readUInt16BE(start + 4);
  const holds = bytes[start + 6] as number;
  const from = start + 8;
  if (end - from > TEXT_BYTES) {
    answerLarge(slot, call.reply, status, holds, bytes, from, end);
    return;
  }
  const text = bytes.latin1Slice(from, end);
  const lines = linesEnd(text);
  call.reply.respond({ status, lines: text.slice(0, lines), holds }, text.slice(lines + 2));
}

function answerLarge(
  slot: NativeSlot,
  reply: Flight["call"]["reply"],
  status: number,
  holds: number,
  bytes: Buffer,
  from: number,
  end: number,
): void {
  const hasLines = bytes[from] !== 13;
  const blank = hasLines ? bytes.indexOf("\r\n\r\n", from, "latin1") + 2 : from;
  const head: ResponseHead = { status, lines: bytes.latin1Slice(from, blank), holds };
  reply.respond(head, slot.lend(reply, bytes, blank + 2, end));
}

/** Where the blank line begins that ends the field lines; there may be no lines before it. */
function linesEnd(text: string): number {
  return text.charCodeAt(0) === 13 ? 0 : text.indexOf("\r\n\r\n") + 2;
}

function answerFile(
  slot: NativeSlot,
  flight: Flight,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  const lengthBytes = Number(bytes.readBigUInt64BE(start + 8));
  const path = start + 20 + bytes.readUInt32BE(start + 16);
  const head: ResponseHead = {
    status: bytes.readUInt16BE(start + 4),
    lines: bytes.latin1Slice(start + 20, path),
    holds: bytes[start + 6] as number,
  };
  const file = { path: bytes.utf8Slice(path, end), offsetBytes: 0, lengthBytes };
  const sent = (): void => slot.tell({ type: "sent", id: flight.id });
  flight.call.reply.respondFile(head, file).then(sent, sent);
}

/** Tells the worker when the client goes, or has gone, before its answer is complete. */
export function watchClient(slot: NativeSlot, flight: Flight): void {
  const reply = flight.call.reply;
  const sayGone = (): void => {
    if (slot.isAt(flight)) slot.tell({ type: "gone", id: flight.id });
  };
  if (reply.isOpen) reply.onGone = sayGone;
  else sayGone();
}

function begin(slot: NativeSlot, flight: Flight, bytes: Buffer, start: number, end: number): void {
  const reply = flight.call.reply;
  flight.isStreaming = true;
  watchClient(slot, flight);
  if (!reply.isOpen) return;
  reply.onDrain = () => refund(slot, flight, 0);
  reply.start({
    status: bytes.readUInt16BE(start),
    lines: bytes.latin1Slice(start + 4, end),
    holds: bytes[start + 2] as number,
  });
}

function piece(slot: NativeSlot, flight: Flight, bytes: Buffer, start: number, end: number): void {
  const { reply } = flight.call;
  flight.takenBytes += end - start;
  if (reply.write(slot.lend(reply, bytes, start, end))) refund(slot, flight, CREDIT_BYTES);
}

/** The client's side has room again, so the worker may go on. */
function refund(slot: NativeSlot, flight: Flight, atLeastBytes: number): void {
  if (flight.takenBytes <= atLeastBytes || !slot.isAt(flight)) return;
  slot.tell({ type: "credit", id: flight.id, bytes: flight.takenBytes });
  flight.takenBytes = 0;
}
