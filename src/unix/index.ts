export { type Child, type Exit, startChild } from "./child.ts";
export { type DaemonStart, type DaemonVoice, startDaemon, takeDaemonVoice } from "./daemon.ts";
export { type ListenFd, takeListenFds } from "./listen-fds.ts";
export { memoryBytes, memoryOf, type ProcessMemory } from "./memory.ts";
export { PidFile, type PidState } from "./pid-file.ts";
export { become, type Identity, identityOf } from "./privileges.ts";
export { isRunning, userOf } from "./running-process.ts";
export { sdNotify } from "./sd-notify.ts";
export { POLITE, type Rung, type Stoppable, stop } from "./stop-ladder.ts";
