import { startChild } from "./child.ts";

/** The system's log. */
export interface Syslog {
  /** `severity` is syslog's number, 0 (emergency) to 7 (debug). */
  write(severity: number, text: string): void;
  /** Resolves when all that was written has been passed on. */
  close(): Promise<void>;
}

/** Kept for whom the administrator wants: bluepill uses it, and rsyslog rules name it. */
const LOCAL6 = 22;

/**
 * Opens syslog under `name`, facility local6. Node has no datagram sockets of the local kind, so lines go through
 * `logger`, one process for all of them; without it, or without a syslog, they are lost, as those of any daemon.
 */
export function openSyslog(name: string): Syslog {
  const words = ["--prio-prefix", `--tag=${name}[${process.pid}]`, "--socket-errors=off"];
  const logger = startChild("logger", words, { stdio: ["pipe", "ignore", "ignore"] });
  logger.stdin?.on("error", () => {});
  return {
    write: (severity, text) => {
      logger.stdin?.write(`<${LOCAL6 * 8 + severity}>${text.replaceAll("\n", " | ")}\n`);
    },
    close: async () => {
      logger.stdin?.end();
      await logger.exited;
    },
  };
}
