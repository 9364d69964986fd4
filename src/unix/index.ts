export { type Child, type Exit, startChild } from "./child.ts";
export { type ListenFd, takeListenFds } from "./listen-fds.ts";
export { memoryBytes } from "./memory.ts";
export { sdNotify } from "./sd-notify.ts";
export { POLITE, type Rung, type Stoppable, stop } from "./stop-ladder.ts";
