/** Ends a worker and what its app has started: each worker leads a process group. */
export function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, "SIGKILL");
    } catch {
      // It has just ended by itself, or has not got to be a leader yet.
    }
  }
}
