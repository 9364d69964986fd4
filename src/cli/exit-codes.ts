/** What the shell is told. Thin knows only 0 and 1. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** The command line or the configuration makes no sense. */
  usage: 2,
} as const;
