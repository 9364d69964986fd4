import { createServer } from "node:net";

/** Below what the system gives out by itself, so that nobody else takes one in between. */
const FIRST = 12_000;
const LAST = 30_000;
const CLUSTER = 4;
let next = FIRST + CLUSTER * (process.pid % Math.floor((LAST - FIRST) / CLUSTER));

/** The first of four ports in a row that are free on this machine, another each time. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = next;
    next = first + CLUSTER < LAST ? first + CLUSTER : FIRST;
    const all = Array.from({ length: CLUSTER }, (_, index) => isFree(first + index));
    if ((await Promise.all(all)).every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
