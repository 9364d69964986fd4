/** Whom a question is about. */
interface Whom {
  /** Undefined for a process that does not run. */
  readonly pid: number | undefined;
  readonly isChild: boolean;
}

/** The checks and triggers that a pill defines itself, wherever they run; each is known by its number. */
export interface Customs {
  /** Takes a sample; rejects when there is none in time. */
  check(
    id: number,
    whom: Whom,
    timeoutMs: number,
  ): Promise<{ readonly ok: boolean; readonly value: string }>;
  /** Tells a trigger what is about to happen; resolves with whether it may. Rejects when there is no answer in time. */
  notify(
    id: number,
    whom: Whom,
    transition: { readonly event: string; readonly from: string; readonly to: string },
    timeoutMs: number,
  ): Promise<boolean>;
}
