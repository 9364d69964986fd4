/** One bundle whose gems are there. */
export interface InstalledBundle {
  /** Its folder, relative to the checkout. */
  readonly name: string;
  readonly gemfile: string;
  readonly gemCount: number;
  /** True when nothing had to be installed. */
  readonly isFresh: boolean;
}

/** What went wrong, on what, and what to do about it, in one line. */
export class GemsError extends Error {}

/**
 * Installs what is missing into `.gems/`; `names` are folders of examples/ or test/gems/, or paths (none: all).
 * Safe to call from several processes at once.
 */
export function installGems(
  names?: readonly string[],
  write?: (text: string) => void,
): Promise<readonly InstalledBundle[]>;

/** The environment in which a child process finds the gems of `gemfile`. */
export function gemEnvironment(gemfile: string): NodeJS.ProcessEnv;
