import type { ExportedProcess } from "../export/index.ts";
import { daemonLineOf, type Plan } from "../supervise/index.ts";

/** The processes of a plan, each with the pid file that it says it writes when it goes to the background. */
export function exportedProcesses({ processes, root }: Plan): readonly ExportedProcess[] {
  return processes.map((plan) => {
    const line = daemonLineOf(plan, root, {});
    return { plan, pidFile: line?.isSaid === true ? line.pidFiles[0] : undefined };
  });
}
