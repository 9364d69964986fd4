import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME, textFrame } from "../../src/rack/frames.ts";
import { Inbox } from "../../src/rack/inbox.ts";

/** What an inbox makes of `chunks`: type, id and payload of each frame, in words. */
function heard(chunks: readonly Buffer[]): string[] {
  const words: string[] = [];
  const inbox = new Inbox((type, id, bytes, start, end) => {
    words.push(`${type}:${id}:${bytes.latin1Slice(start, end)}`);
  });
  for (const chunk of chunks) {
    // What it was read into is read into again.
    const read = Buffer.from(chunk);
    inbox.push(read);
    read.fill("!");
  }
  return words;
}

const data = textFrame(FRAME.data, 7, "0123456789");
const end = textFrame(FRAME.end, 7, "took");

test("Inbox hears a body's bytes as they come, and other frames whole", () => {
  const bytes = Buffer.concat([data, end]);
  const chunks = [bytes.subarray(0, 11), bytes.subarray(11, 15), bytes.subarray(15, 24)];
  assert.deepEqual(heard([...chunks, bytes.subarray(24)]), [
    `${FRAME.data}:7:012`,
    `${FRAME.data}:7:3456`,
    `${FRAME.data}:7:789`,
    `${FRAME.end}:7:took`,
  ]);
});

test("Inbox loses no byte wherever frames are split", () => {
  const bytes = Buffer.concat([textFrame(FRAME.returned, 1), data, data, end]);
  for (let at = 1; at < bytes.length; at++) {
    const words = heard([bytes.subarray(0, at), bytes.subarray(at)]);
    const body = words.filter((word) => word.startsWith(`${FRAME.data}:7:`));
    assert.equal(
      body.map((word) => word.slice(`${FRAME.data}:7:`.length)).join(""),
      "01234567890123456789",
      `split at ${at}`,
    );
    assert.deepEqual([words[0], words.at(-1)], [`${FRAME.returned}:1:`, `${FRAME.end}:7:took`]);
  }
});
