import type { Flight } from "./flight.ts";
import type { NativeSlot } from "./slot.ts";

const PIECE_BYTES = 262_144;

/** Feeds a streamed request body to the worker, as far as it asks for it. */
export function feeder(slot: NativeSlot, flight: Flight, chunks: AsyncIterable<Uint8Array>): void {
  const iterator = chunks[Symbol.asyncIterator]();
  let wantedBytes = 0;
  let state: "waiting" | "reading" | "over" = "waiting";

  const read = async (): Promise<void> => {
    state = "reading";
    while (wantedBytes > 0) {
      flight.awaitsClient = true;
      const { done, value } = await iterator.next();
      flight.awaitsClient = false;
      if (isOver()) return;
      if (done === true) {
        finish();
        return;
      }
      wantedBytes -= value.length;
      for (const bytes of pieces(value)) slot.tell({ type: "body", id: flight.id, bytes });
    }
    state = "waiting";
  };
  const isOver = (): boolean => state === "over";
  const finish = (): void => {
    state = "over";
    slot.tell({ type: "bodyEnd", id: flight.id });
  };
  const lose = (error: unknown): void => {
    flight.awaitsClient = false;
    if (isOver()) return;
    state = "over";
    const reason = error instanceof Error ? error.message : String(error);
    slot.tell({ type: "bodyLost", id: flight.id, reason });
  };

  flight.feed = (bytes) => {
    wantedBytes += bytes;
    if (state === "waiting") read().catch(lose);
  };
  flight.stop = () => {
    const isReading = state === "reading";
    state = "over";
    // An iterator that is being read ends with its connection; another has to be told.
    if (!isReading) iterator.return?.().catch(() => undefined);
  };
}

function* pieces(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
