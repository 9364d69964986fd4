import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** The socket of the kernel's that carries `socket`: itself, unless TLS lies between the two. */
export function transportOf(socket: Socket): Socket {
  if (!(socket instanceof TLSSocket)) return socket;
  return (socket as unknown as { _parent: Socket })._parent;
}
