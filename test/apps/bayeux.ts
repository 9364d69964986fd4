import type { Agent } from "node:http";
import { ask, type Where } from "../server/ask.ts";
import type { Socket } from "./socket.ts";

/** A message of the Bayeux protocol, as Faye speaks it. */
export interface Bayeux {
  readonly channel: string;
  readonly successful?: boolean;
  readonly clientId?: string;
  readonly data?: unknown;
}

/** Carries a message to the server, and its answers back. */
type Carry = (message: object) => Promise<readonly Bayeux[]>;

/** By long-polling: each message is a request that waits for its answer, on connections that `agent` keeps. */
export function polling(where: Where, agent: Agent): Carry {
  const headers = { "content-type": "application/json" };
  return async (message) => {
    const body = JSON.stringify([message]);
    const { status, text } = await ask(where, "/faye", { method: "POST", headers, body, agent });
    if (status !== 200) throw new Error(`${status} ${text}`);
    return JSON.parse(text) as Bayeux[];
  };
}

/** Over a WebSocket, where news come when they like. */
export function overSocket(socket: Socket): Carry {
  return async (message) => {
    socket.ws.send(JSON.stringify([message]));
    return JSON.parse(await socket.text()) as Bayeux[];
  };
}

/** A client of Faye's: handshake, subscription, then `connect` again and again. */
export class BayeuxClient {
  readonly #carry: Carry;
  readonly #clientId: string;

  private constructor(carry: Carry, clientId: string) {
    this.#carry = carry;
    this.#clientId = clientId;
  }

  /** Shakes hands with the server. */
  static async greet(carry: Carry): Promise<BayeuxClient> {
    const supportedConnectionTypes = ["long-polling", "websocket"];
    const message = { channel: "/meta/handshake", version: "1.0", supportedConnectionTypes };
    const [reply] = await carry(message);
    if (reply?.clientId === undefined) throw new Error(JSON.stringify(reply));
    return new BayeuxClient(carry, reply.clientId);
  }

  /** Resolves when the server has agreed. */
  async subscribe(subscription: string): Promise<void> {
    const clientId = this.#clientId;
    const [reply] = await this.#carry({ channel: "/meta/subscribe", clientId, subscription });
    if (reply?.successful !== true) throw new Error(JSON.stringify(reply));
  }

  /** Waits for news; resolves with all that the server has to say. */
  async connect(connectionType: "long-polling" | "websocket"): Promise<readonly Bayeux[]> {
    const clientId = this.#clientId;
    return await this.#carry({ channel: "/meta/connect", clientId, connectionType });
  }
}

/** What was published, of all that the server has said. */
export function newsIn(messages: readonly Bayeux[]): readonly unknown[] {
  return messages.filter(({ channel }) => channel === "/news").map(({ data }) => data);
}
