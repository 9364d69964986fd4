/** Something that was made to happen to a process, and why. */
export interface PastEvent {
  readonly event: string;
  readonly reason: string;
  readonly wallMs: number;
}

const KEPT = 10;

/** The last ten events of a process, newest first. */
export class EventHistory {
  #events: readonly PastEvent[] = [];

  add(event: string, reason: string, wallMs: number): void {
    this.#events = [{ event, reason, wallMs }, ...this.#events].slice(0, KEPT);
  }

  get events(): readonly PastEvent[] {
    return this.#events;
  }
}
