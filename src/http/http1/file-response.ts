import { type FileHandle, open } from "node:fs/promises";
import type { FileBody, ResponseHead } from "../../message/index.ts";
import type { HttpFact } from "../facts.ts";
import type { Exchange } from "./exchange.ts";

const READ_BYTES = 64 * 1024;

/** Sends a file's bytes as the body of a whole response; ends when they are sent or nobody wants them. */
export async function sendFile(
  exchange: Exchange,
  emit: (fact: HttpFact) => void,
  head: ResponseHead,
  file: FileBody,
): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file.path, "r");
    exchange.startSized(head, file.lengthBytes);
    await copy(handle, file, exchange);
    exchange.end();
  } catch (error) {
    emit({ type: "file-failed", path: file.path, error });
    exchange.fail(500);
  } finally {
    await handle?.close();
  }
}

/** Stops early when the file is shorter than promised: `end` then cuts the connection. */
async function copy(handle: FileHandle, file: FileBody, exchange: Exchange): Promise<void> {
  let at = file.offsetBytes;
  let left = file.lengthBytes;
  while (left > 0 && exchange.isOpen && !exchange.needsNoBody) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, left));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    left -= bytesRead;
    if (!exchange.write(buffer.subarray(0, bytesRead))) await room(exchange);
  }
}

function room(exchange: Exchange): Promise<void> {
  if (!exchange.isOpen) return Promise.resolve();
  return new Promise((resolve) => {
    const { onGone } = exchange;
    exchange.onDrain = resolve;
    exchange.onGone = () => {
      resolve();
      onGone?.();
    };
  });
}
