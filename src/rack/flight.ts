import type { Call } from "../pool/index.ts";

/** A call on its way through a slot. */
export interface Flight {
  readonly id: number;
  readonly call: Call;
  /** The worker may have read it. */
  isSent: boolean;
  /** It is off its slot: the app answers it later. */
  isDeferred: boolean;
  /** The head of its response has come; pieces of the body follow. */
  isStreaming: boolean;
  /** Bytes of the response that the client's side has taken, and the worker does not know of yet. */
  takenBytes: number;
  /** Answers WANT: feeds the streamed body of the request. */
  feed: ((bytes: number) => void) | undefined;
  /** The app has asked for more of the body than the client has sent. */
  awaitsClient: boolean;
  /** Stops the feeding. */
  stop: (() => void) | undefined;
}

let lastId = 0;

/** A new flight. Ids are the engine's, so that a tunnel says all with its id; they start anew after 2³² of them. */
export function launch(call: Call): Flight {
  lastId = (lastId + 1) >>> 0 || 1;
  return {
    id: lastId,
    call,
    isSent: false,
    isDeferred: false,
    isStreaming: false,
    takenBytes: 0,
    feed: undefined,
    awaitsClient: false,
    stop: undefined,
  };
}
