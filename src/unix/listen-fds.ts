/** A listening socket that somebody opened for us, such as a systemd socket unit. */
export interface ListenFd {
  readonly fd: number;
  /** What the unit calls it (`FileDescriptorName=`); "" when it does not. */
  readonly name: string;
}

const FIRST_FD = 3;

/**
 * Takes the sockets handed over by sd_listen_fds(3), and removes the three variables from `env`,
 * so that no child believes they are its own. Empty when they are meant for another process.
 */
export function takeListenFds(env: NodeJS.ProcessEnv, pid: number): readonly ListenFd[] {
  const { LISTEN_FDS: count, LISTEN_PID: owner, LISTEN_FDNAMES: names = "" } = env;
  for (const key of ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"]) delete env[key];
  if (Number(owner) !== pid || !/^\d+$/.test(count ?? "")) return [];
  const called = names.split(":");
  return Array.from({ length: Number(count) }, (_, index) => ({
    fd: FIRST_FD + index,
    name: called[index] ?? "",
  }));
}
