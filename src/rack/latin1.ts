/**
 * Buffer methods that Node has and its types leave out: they spare the look-up of an encoding for each frame.
 * `Buffer.prototype.latin1Slice` and its like are what `buffer.toString("latin1", …)` calls.
 */
declare global {
  interface Buffer<TArrayBuffer extends ArrayBufferLike = ArrayBufferLike> {
    latin1Slice(start: number, end: number): string;
    utf8Slice(start: number, end: number): string;
    latin1Write(text: string, at: number): number;
  }
}

export {};
