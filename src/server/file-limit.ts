import { openFileLimit } from "../http/index.ts";
import type { ServerOptions } from "./options.ts";

/** Too few files may be open to serve anybody. */
class FileLimitError extends Error {
  override readonly name = "FileLimitError";
  readonly code = "FILE_LIMIT";
}

/** Files that are open before anybody connects: Node's own, the log, the listeners, the sockets of commands. */
const OWN_FILES = 32;
/** For bodies of requests and files that are sent, which come and go. */
const SPARE_FILES = 16;

/**
 * The options with no more connections than the system lets this process have files open, for who comes in vain is then
 * told so. Node has raised the soft limit to the hard one before. Throws FileLimitError where not one would fit.
 */
export function withinFileLimit(
  options: ServerOptions,
  limit: number = openFileLimit(),
): ServerOptions {
  const others = otherFiles(options);
  const { connectionLimit: wanted } = options.http;
  const connectionLimit = Math.min(wanted, limit - others);
  if (connectionLimit === wanted) return options;
  if (connectionLimit < 1) {
    throw new FileLimitError(
      `This process may have ${limit} files open, and needs ${others} before the first connection. ` +
        `Raise the hard limit to ${others + wanted}: ulimit -Hn, or LimitNOFILE= of its service.`,
    );
  }
  return { ...options, http: { ...options.http, connectionLimit } };
}

/** A worker has a socket for each thread and one for orders, and while it is replaced there is one worker more. */
function otherFiles({ app, pool }: ServerOptions): number {
  return OWN_FILES + SPARE_FILES + (pool.workers + 1) * (app.threads + 1);
}
